"""A bot that begins to join before its server is up hears all the same; one that hears nobody ends.

Each in a process of its own: the client library's audio is lost only while no other room of the process is held.
"""

import pytest

from bot.process.exit_codes import ExitCode
from scripts.livekit.api import ServerInfo
from tests.bot.conftest import NewCaller, StartBot
from tests.support.bot_process import server_settings
from tests.support.command import driver, only_error
from tests.support.refusing_proxy import refusing_proxy
from tests.support.tones import tone

pytestmark = pytest.mark.sfu

HEARS = "hears a sound"
LISTENS = f"""
import numpy as np
from bot.room.microphone import RoomMicrophone
take = RoomMicrophone._take
def noted(self, frame):
    take(self, frame)
    if np.abs(np.frombuffer(frame.data, np.int16).astype(float)).mean() > 500:
        print("{HEARS}", flush=True)
        RoomMicrophone._take = take
RoomMicrophone._take = noted
"""
DEAFENED = """
import asyncio
import bot.room.joining as joining
joining.until_reachable = lambda url: asyncio.sleep(0)
"""
"""By an attempt of the client library's that fails: see `bot.room.reachability`."""


@pytest.mark.smoke
async def test_a_server_that_is_being_started_costs_no_hearing(
    start_bot: StartBot, new_caller: NewCaller, livekit_server: ServerInfo
) -> None:
    async with refusing_proxy(livekit_server, 1) as late, new_caller() as caller:
        bot = start_bot(settings=server_settings(late), program=driver(LISTENS))
        await bot.joined()
        caller.start_playing(tone(700, 60), 48_000)
        await bot.says(HEARS)
        caller.stop()


async def test_a_bot_that_hears_nobody_ends(
    start_bot: StartBot, new_caller: NewCaller, livekit_server: ServerInfo
) -> None:
    async with refusing_proxy(livekit_server, 1) as late, new_caller() as caller:
        bot = start_bot("--stay", settings=server_settings(late), program=driver(LISTENS + DEAFENED))
        await bot.joined()
        caller.start_playing(tone(700, 60), 48_000)
        assert await bot.ends() == ExitCode.ROOM
        caller.stop()
    assert HEARS not in bot.output
    assert "gives no audio of anybody" in only_error(bot)
