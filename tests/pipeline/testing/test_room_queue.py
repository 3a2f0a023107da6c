"""The room in memory plays as a real one does, and costs nothing while nothing is played."""

import asyncio

import numpy as np
import pytest

from pipeline.audio import Pcm
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.virtual_loop import Deadlock, run, virtual_time

FRAME = 160


def ramp(frames: int) -> Pcm:
    return np.arange(1, frames * FRAME + 1, dtype=np.int16)


@virtual_time
async def test_a_write_returns_when_the_queue_has_drained_to_its_limit() -> None:
    room, loop = RoomQueue(queue_frames=4), asyncio.get_running_loop()
    await room.write(ramp(4))
    assert loop.time() == 0.0, "there was room"
    await room.write(ramp(3))
    assert loop.time() == pytest.approx(0.03), "one has left at each tick after that of 0"


@virtual_time
async def test_each_tick_plays_a_frame_and_silence_is_played_too() -> None:
    room = RoomQueue(phase=0.004)
    room.begin()
    await asyncio.sleep(0.1)
    assert room.length == 10 * FRAME
    await room.write(ramp(2))
    await asyncio.sleep(0.1)
    assert room.pcm.tolist() == [0] * 10 * FRAME + ramp(2).tolist() + [0] * 8 * FRAME
    assert [(place, len(samples)) for place, samples in room.stretches()] == [(10 * FRAME, 2 * FRAME)]
    assert room.between(11 * FRAME - 2, 11 * FRAME + 2).tolist() == [159, 160, 161, 162]
    assert room.between(12 * FRAME - 1, 12 * FRAME + 1).tolist() == [320, 0]


@virtual_time
async def test_what_is_cleared_is_not_played_and_lets_the_writer_go_on() -> None:
    room, loop = RoomQueue(), asyncio.get_running_loop()
    loop.call_later(0.015, room.clear)
    await room.write(ramp(50))
    assert loop.time() == 0.015
    await asyncio.sleep(0.1)
    assert np.count_nonzero(room.pcm) == FRAME


@virtual_time
async def test_waiting_for_it_to_go_on_takes_a_tick_or_until_it_is_written_to() -> None:
    room, loop = RoomQueue(), asyncio.get_running_loop()
    await room.write(ramp(2))
    await room.goes_on()
    assert loop.time() == pytest.approx(0.01)
    await asyncio.sleep(1.0)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(room.goes_on())
        await asyncio.sleep(5.0)
        assert not waiting.done()
        await room.write(ramp(1))
    assert loop.time() == pytest.approx(6.01)


def test_nothing_ticks_while_nothing_is_queued() -> None:
    async def idle() -> None:
        room = RoomQueue()
        await room.write(ramp(1))
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(idle())


@virtual_time
async def test_after_its_end_it_tells_what_was_played() -> None:
    room = RoomQueue()
    await room.write(ramp(3))
    await asyncio.sleep(0.02)
    room.end()
    await asyncio.sleep(1.0)
    assert room.pcm.tolist() == [0] * FRAME + ramp(2).tolist()
