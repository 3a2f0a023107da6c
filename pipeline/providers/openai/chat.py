"""The language model behind chat completions: one request, one attempt."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import ReplyPart
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.openai.client import REACH_TIMEOUT, WARM_TIMEOUT, find_replies, load_client, touch
from pipeline.providers.openai.posting import Posting
from pipeline.providers.openai.stream import ReplyDecoder
from pipeline.providers.openai.wire import (
    DEFAULT_MODEL,
    PROVIDER,
    answer_error,
    service,
    stream_error,
)

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

FIRST_TOKEN_TIMEOUT = 10.0
"""Seconds from the request to the first token. Whoever waits longer on the telephone hangs up."""

FIRST_TOKEN_TIMEOUT_LOCAL = 60.0
"""The same without a key, which means a server at home: it may read its model from the disk at the first request."""

BETWEEN_TOKENS_TIMEOUT = 5.0
"""Seconds between two tokens. They come every 10 to 50 ms; what was spoken ahead is used up by then."""

AFTER_REPLY_TIMEOUT = 0.5
"""Seconds for what follows the last token: usage, the end mark and the end of the body, all sent in one go. Read, so
that the connection can be used again, but not waited for."""

WARM_FOR = 4.0
"""Seconds for which connections count as warm. Servers in Python (uvicorn) close idle ones after 5 s."""

_NO_STREAM = ("application/json", "text/html")


class OpenAIChat:
    """A language model behind OpenAI's chat completions, or a server that is compatible.

    `base_url` is http(s), OpenAI by default; `api_key` may be missing where the server wants none. `extra` adds fields
    to each request, for example {"reasoning_effort": "low"}; one of its fields that the server refuses is an error.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        model: str = DEFAULT_MODEL,
        base_url: str | None = None,
        extra: Mapping[str, object] | None = None,
        first_token_timeout: float | None = None,
    ) -> None:
        self._service = service(base_url, api_key or None)
        self._model = model
        self._posting = Posting(self._service, model, extra or {})
        local_or_not = FIRST_TOKEN_TIMEOUT if self._service.key else FIRST_TOKEN_TIMEOUT_LOCAL
        self._first_token_timeout = local_or_not if first_token_timeout is None else first_token_timeout
        self._client: AsyncOpenAI | None = None
        self._loading = asyncio.Lock()
        self._warm_until = 0.0  # loop time
        self._was_reached = False

    async def warm(self) -> None:
        """Have two idle connections.

        To be called before each turn; does nothing when it was called within the last WARM_FOR seconds and no request
        was made since. Raises ProviderError when the key is refused, nothing answers, or there is no such service.
        """
        if loop_time() < self._warm_until:
            return
        client = await self._loaded()
        answers = await touch(client, WARM_TIMEOUT if self._was_reached else REACH_TIMEOUT)
        _check_touches(answers, self._service)
        if not self._was_reached:
            if 404 in answers:  # a server may well have replies and no list of models
                await find_replies(client, self._model, self._service)
            if self._service.key is None:
                await self._load_model()
            self._was_reached = True
        if not any(isinstance(answer, Exception) for answer in answers):
            self._warm_until = loop_time() + WARM_FOR

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream one reply. Closing the iterator closes its connection, which ends the work at the server."""
        client = await self._loaded()
        deadline = loop_time() + self._first_token_timeout
        self._warm_until = 0.0
        response = await self._open(client, prompt, deadline)
        reply = ReplyDecoder(self._service)
        async with aclosing(response), aclosing(response.aiter_bytes()) as pieces:
            if (kind := _kind_of(response)) in _NO_STREAM:
                raise _no_stream(kind, await self._read(pieces, deadline, reply), self._service)
            while piece := await self._read(pieces, deadline, reply):
                seen, finished = reply.tokens, reply.finished
                for part in reply.feed(piece):
                    yield part
                if reply.finished and not finished:
                    deadline = loop_time() + AFTER_REPLY_TIMEOUT
                elif reply.tokens > seen:
                    deadline = loop_time() + BETWEEN_TOKENS_TIMEOUT
        for part in reply.end():
            yield part

    async def aclose(self) -> None:
        """Close the connections; a reply that is still coming breaks off."""
        async with self._loading:
            if self._client is not None:
                await self._client.close()

    async def _loaded(self) -> "AsyncOpenAI":
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(load_client, self._service)
            return self._client

    async def _load_model(self) -> None:
        """Have a server at home read its model from the disk now, rather than when someone waits for a reply."""
        greeting = Prompt("", (PromptMessage("user", "Hello."),))
        with suppress(Unavailable, Malformed):
            async with aclosing(self.generate(greeting)) as parts:
                await anext(parts, None)

    async def _open(self, client: "AsyncOpenAI", prompt: Prompt, deadline: float) -> "httpx2.Response":
        """Send the request, and return when the head of the answer is there."""
        import openai

        try:
            async with asyncio.timeout_at(deadline):
                return await self._posting.post(client, prompt)
        except TimeoutError:
            raise Unavailable(PROVIDER, f"no answer within {self._first_token_timeout:g} s") from None
        except openai.APIStatusError as error:
            raise answer_error(error.status_code, error.body, self._service, error.response.headers) from None
        except openai.APIConnectionError as error:
            raise self._service.no_connection(error) from None

    async def _read(self, pieces: AsyncGenerator[bytes, None], deadline: float, reply: ReplyDecoder) -> bytes:
        """The next bytes, none at the end; what fails after a finished reply is only the connection."""
        import anyio
        import httpx2

        try:
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, b"")
        except TimeoutError:
            first = f"no first token within {self._first_token_timeout:g} s"
            problem = f"the reply broke off: silent for {BETWEEN_TOKENS_TIMEOUT:g} s" if reply.tokens else first
        except (httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream):
            problem = "the reply broke off: the connection was lost"
        if reply.finished:
            return b""
        raise Unavailable(PROVIDER, problem)


def _check_touches(answers: list[int | Exception], service: RemoteService) -> None:
    """Raise what the answers to a touch say about replies."""
    if 401 in answers:  # not 403: a key may be good for replies and not for the list of models
        raise answer_error(401, None, service)
    statuses = [answer for answer in answers if isinstance(answer, int)]
    if not statuses:
        raise service.no_connection(answers[0])
    if max(statuses) >= 500:
        raise answer_error(max(statuses), None, service)


def _kind_of(response: "httpx2.Response") -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def _no_stream(kind: str, said: bytes, service: RemoteService) -> ProviderError:
    """Return the error for an answer that is no stream: the one in it, as OpenRouter sends it, if it has one."""
    with suppress(ValueError, RecursionError):
        answer = json.loads(said)
        if isinstance(answer, Mapping) and answer.get("error"):
            return stream_error(answer["error"], service)
    return service.no_protocol(f"the answer is {kind}, not a stream of events")
