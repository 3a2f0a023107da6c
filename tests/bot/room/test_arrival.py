"""The last words, which are on their way when the bot is to leave."""

import asyncio
from unittest.mock import AsyncMock, Mock

from bot.room.arrival import ARRIVAL_DELAY
from bot.room.voice import QUEUE_MS, RoomVoice
from pipeline.audio import silence
from pipeline.testing import virtual_time


def voice() -> RoomVoice:
    made = RoomVoice(24_000)
    made._source = Mock(capture_frame=AsyncMock())
    return made


async def waited(made: RoomVoice) -> float:
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    await made.wait_arrived()
    return loop.time() - began_at


@virtual_time
async def test_they_have_arrived_some_time_after_the_queue_is_empty() -> None:
    made = voice()
    await made.write(silence(240))
    assert abs(await waited(made) - QUEUE_MS / 1000 - ARRIVAL_DELAY) < 0.01
    await made.write(silence(240))
    await asyncio.sleep(0.3)
    assert abs(await waited(made) - QUEUE_MS / 1000 - ARRIVAL_DELAY + 0.3) < 0.01


@virtual_time
async def test_nobody_waits_for_what_was_broken_off_or_never_said() -> None:
    made = voice()
    assert await waited(made) == 0.0
    await made.write(silence(240))
    made.clear()
    assert await waited(made) == 0.0
