"""The SDK's client, with connections that are warm when a reply is asked for."""

import asyncio
import importlib
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.providers._http_errors import RemoteService
from pipeline.providers.openai.wire import answer_error

if TYPE_CHECKING:  # importing it takes more than a second: see load_client
    from openai import AsyncOpenAI

NO_KEY = "no-key-needed"
"""Sent when there is no key: the SDK insists on one, and a server without keys ignores it."""

CONNECT_TIMEOUT = 4.0
"""Seconds to open a connection: enough for TCP's first two repetitions, after 1 and 3 s, and no more."""

IDLE_EXPIRY = 240.0
"""Seconds for which an idle connection is kept: just below the 300 s after which common routers forget it."""

WARM_CONNECTIONS = 2
"""One for the reply, one for the reply after it: closing a stream in mid-way closes its connection."""

WARM_TIMEOUT = 3.0
"""Seconds for an answer on a connection that may have died unnoticed, before it is dropped."""

REACH_TIMEOUT = 6.0
"""Seconds for the first answer ever: some servers have thousands of models to list."""

_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
"""Where no proxy of the environment leads."""


def load_client(service: RemoteService) -> "AsyncOpenAI":
    """Import the SDK and make its client: one to two seconds, so in a thread, and only when it is needed."""
    import httpx2
    from openai import AsyncOpenAI

    http = httpx2.AsyncClient(
        limits=httpx2.Limits(
            max_connections=None, max_keepalive_connections=2 * WARM_CONNECTIONS, keepalive_expiry=IDLE_EXPIRY
        ),
        timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT),
        follow_redirects=True,
        mounts=dict.fromkeys(_LOOPBACK),
    )
    if "httpx" in sys.modules:  # the SDK looks into it, and another SDK's thread may be importing it right now
        importlib.import_module("httpx")
    # The address is always given: the SDK would otherwise take it from the environment, past the settings.
    client = AsyncOpenAI(api_key=service.key or NO_KEY, base_url=service.address.http, max_retries=0, http_client=http)
    _ = client.chat.completions  # the SDK imports its resources when they are first touched
    return client


async def touch(client: "AsyncOpenAI", timeout: float) -> list[int | Exception]:
    """Have WARM_CONNECTIONS idle connections: ask for the list of models on each, which costs nothing.

    Returns the HTTP status that each was answered with within `timeout` seconds, or why there was no answer.
    """
    all_there = asyncio.Barrier(WARM_CONNECTIONS)
    async with asyncio.TaskGroup() as group:
        touches = [group.create_task(_touch_one(client, all_there, timeout)) for _ in range(WARM_CONNECTIONS)]
    return [touched.result() for touched in touches]


async def _touch_one(client: "AsyncOpenAI", all_there: asyncio.Barrier, timeout: float) -> int | Exception:
    """Have an answer on a connection of its own."""
    import anyio
    import httpx2
    import openai

    try:
        async with asyncio.timeout(timeout), client.models.with_streaming_response.list() as answer:
            with suppress(asyncio.BrokenBarrierError):
                await all_there.wait()  # a connection that is free again would serve the next request, too
            await answer.read()
            return answer.status_code
    except openai.APIStatusError as error:
        return error.status_code
    except openai.APIConnectionError as error:
        return error
    except (openai.APIError, httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream, TimeoutError) as error:
        return error
    finally:
        await all_there.abort()


async def find_replies(client: "AsyncOpenAI", model: str, service: RemoteService) -> None:
    """Find out whether there are replies at this address, by a request without messages, which costs nothing.

    Raises Refused when there are none.
    """
    import httpx2
    import openai

    body: dict[str, object] = {"model": model, "messages": [], "max_tokens": 1}
    try:
        async with asyncio.timeout(REACH_TIMEOUT):
            await client.post("/chat/completions", cast_to=httpx2.Response, body=body)
    except openai.APIStatusError as error:
        if error.status_code == 404:
            raise answer_error(404, error.body, service) from None
    except (openai.APIError, TimeoutError):
        pass  # it is shown by the first reply
