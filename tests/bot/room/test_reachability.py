"""A server is waited for before the client library connects to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import rtc

from bot.room import joining, reachability
from bot.room.joining import JoinFailed, join
from bot.room.reachability import until_reachable
from bot.room.voice import RoomVoice
from tests.support.waiting import until

ANSWER = b"HTTP/1.1 404 Not Found\r\n\r\n"


class Listener:
    """Closes the first connections without an answer, and answers the others."""

    def __init__(self, refusals: float) -> None:
        self.refusals, self.requests = refusals, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        self.requests += 1
        if self.requests > self.refusals:
            writer.write(ANSWER)
        writer.close()


@asynccontextmanager
async def listening(refusals: float = 0) -> AsyncIterator[tuple[Listener, str]]:
    listener = Listener(refusals)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    async with server:
        yield listener, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("refusals", [0, 1, 3])
async def test_it_is_asked_until_it_answers(refusals: int) -> None:
    """Whatever it answers."""
    async with listening(refusals) as (listener, url):
        await until_reachable(url)
    assert listener.requests == refusals + 1


async def test_it_is_waited_for_until_it_listens() -> None:
    async with listening() as (_, url):
        pass
    waiting = asyncio.ensure_future(until_reachable(url.replace("127.0.0.1", "localhost")))
    await asyncio.sleep(5 * reachability.RETRY_DELAY)
    assert not waiting.done(), "also by a name with several addresses"
    server = await asyncio.start_server(Listener(0).serve, "127.0.0.1", int(url.rpartition(":")[2]))
    async with server:
        await waiting


@pytest.mark.parametrize("refusals", [float("inf"), None])
async def test_one_that_refuses_for_long_is_given_up(refusals: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "REFUSED_PATIENCE", 0.3)
    async with listening(refusals or 0) as (_, url):
        if refusals is not None:
            with pytest.raises(ConnectionError, match="without an answer"):
                await until_reachable(url)
    if refusals is None:
        with pytest.raises(ConnectionError, match="Connect call failed"):
            await until_reachable(url)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_what_fails_in_another_way_is_left_to_the_client_library(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer at all, no TLS, a name that nobody knows."""
    monkeypatch.setattr(reachability, "ANSWER_TIMEOUT", 0.2)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_all = await reader.read()
        assert with_all is not None
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        await until_reachable(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await until_reachable(f"{scheme}://{'x' * 64}.invalid")


async def test_the_client_library_connects_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_before = list[int]()
    async with listening(2) as (listener, url):

        async def refuse(_: rtc.Room, url: str, token: str, options: rtc.RoomOptions) -> None:
            asked_before.append(listener.requests)
            raise rtc.ConnectError("refused")

        monkeypatch.setattr(rtc.Room, "connect", refuse)
        with pytest.raises(JoinFailed):
            await join(rtc.Room(), url, "token", RoomVoice(24_000))
        monkeypatch.setattr(joining, "JOIN_TIMEOUT", 0.3)
        listener.refusals = float("inf")
        with pytest.raises(JoinFailed):
            await join(rtc.Room(), url, "token", RoomVoice(24_000))
    assert asked_before == [3]
    await until(lambda: listener.requests > 3)
