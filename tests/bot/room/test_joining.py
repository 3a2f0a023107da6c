"""Joining where no LiveKit server answers."""

import asyncio
from pathlib import Path

import pytest

from bot.settings.settings import Settings
from pipeline.errors import RoomError
from scripts.livekit.api import ServerInfo
from tests.support.bot import bot_settings, watched_bot
from tests.support.command import tcp_server
from tests.support.waiting import until


def settings_of(url: str, folder: Path) -> Settings:
    return bot_settings(ServerInfo(url, "key", "x" * 40), "blue", folder)


async def test_a_server_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RoomError, match="nothing listens there"):
        async with watched_bot(settings_of("ws://127.0.0.1:9", tmp_path)):
            pass


async def test_a_host_that_is_not_known_is_explained(tmp_path: Path) -> None:
    url = f"ws://{'x' * 64}.invalid"  # too long a name to be asked for
    with pytest.raises(RoomError, match="correct LIVEKIT_URL"):
        async with watched_bot(settings_of(url, tmp_path)):
            pass


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n"],
    ids=["ssh", "200"],
)
async def test_something_else_that_answers_is_told_from_a_server(tmp_path: Path, answer: bytes) -> None:
    async with tcp_server(answer) as (url, _):
        with pytest.raises(RoomError, match="LIVEKIT_URL"):
            async with watched_bot(settings_of(url, tmp_path)):
                pass


async def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.room.joining.JOIN_TIMEOUT", 0.5)
    before = asyncio.all_tasks()
    async with tcp_server(None) as (url, _):
        with pytest.raises(RoomError, match="no LiveKit server answered"):
            async with watched_bot(settings_of(url, tmp_path)):
                pass
    await until(lambda: not asyncio.all_tasks() > before)  # until the client library has given up, too


async def test_a_join_can_be_cancelled_when_nobody_answers(tmp_path: Path) -> None:
    called: list[asyncio.StreamWriter] = []

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(writer)

    before = asyncio.all_tasks()
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as listening:
        url = f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), watched_bot(settings_of(url, tmp_path)):
                pass
    for writer in called:
        writer.transport.abort()
    await until(lambda: not asyncio.all_tasks() > before)  # until the client library has given up, too
