"""Joining where no LiveKit server answers."""

import asyncio
from pathlib import Path

import pytest

from bot.settings.settings import Settings
from pipeline.errors import RoomError
from scripts.livekit.api import ServerInfo
from tests.support.bot import bot_settings, watched_bot


def settings_of(url: str, folder: Path) -> Settings:
    return bot_settings(ServerInfo(url, "key", "x" * 40), "blue", folder)


async def test_a_server_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RoomError, match="nothing listens there"):
        async with watched_bot(settings_of("ws://127.0.0.1:9", tmp_path)):
            pass


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
    async with asyncio.timeout(20):
        while asyncio.all_tasks() > before:  # noqa: ASYNC110 - until the client library has given up, too
            await asyncio.sleep(0.05)
