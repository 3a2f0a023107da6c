"""The look for local servers, against small real ones."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from aiohttp import web

from pipeline.providers.local.probe import LocalModel, chat_model, find_local_model
from tests.support.own_port import OwnPort
from tests.support.waiting import WAIT_LIMIT

LISTING = json.dumps({"object": "list", "data": [{"id": "nomic-embed-text:latest"}, {"id": "llama3.2:3b"}]})


@asynccontextmanager
async def server(text: str = LISTING, status: int = 200, delay: float | None = 0.0) -> AsyncIterator[int]:
    """Answers GET /v1/models on the port that it gives; a `delay` of None is for ever."""

    closing = asyncio.Event()

    async def models(request: web.Request) -> web.Response:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await closing.wait()
        return web.Response(text=text, status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        closing.set()
        await runner.cleanup()


async def test_the_first_in_order_wins_whoever_is_quicker() -> None:
    with OwnPort() as closed:
        async with server(delay=0.1) as slow, server() as quick:
            ports = {"None": closed.number, "Slow": slow, "Quick": quick}
            found = await find_local_model(ports, timeout=WAIT_LIMIT)
        assert found == LocalModel("Slow", f"http://127.0.0.1:{slow}/v1", "llama3.2:3b")


async def test_it_waits_no_longer_than_it_may() -> None:
    """A server that does not answer costs the limit, and not the finding of another one."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with server(delay=None) as stuck, server() as port:
            found = await find_local_model({"Mute": mute.getsockname()[1], "Stuck": stuck, "Good": port}, timeout=1.0)
    assert found is not None
    assert found.server == "Good"


async def test_whatever_else_runs_there_is_no_finding() -> None:
    answers = ["<html>", "[]", "{}", '{"data": {}}', '{"data": [7, {}, {"id": 7}]}', '{"data": []}']
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(server(text)) for text in answers]
        ports += [await stack.enter_async_context(server(status=status)) for status in (302, 401, 404, 500)]
        assert await find_local_model({str(port): port for port in ports}, timeout=WAIT_LIMIT) is None


async def test_other_protocols_are_no_finding() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-nothing\r\n")
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        assert await find_local_model({"SSH": port}, timeout=WAIT_LIMIT) is None


@pytest.mark.parametrize(
    "name", ["text-embedding-nomic-embed-text-v1.5", "bge-m3:latest", "all-minilm:33m", "BAAI/bge-reranker-base"]
)
def test_models_that_do_not_talk_are_skipped(name: str) -> None:
    assert chat_model({"data": [{"id": name}]}) is None
    assert chat_model({"data": [{"id": name}, {"id": "qwen3"}]}) == "qwen3"
