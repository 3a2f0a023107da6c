"""The writer on virtual time, into a room that plays as the real one does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio import Pcm
from pipeline.stages.playout import LISTENER_DELAY, Playout, ReplyAudio
from tests.support.virtual_time import run, settle, virtual_time

RATE = 16_000
FRAME = 160
QUEUE_FRAMES = 5


class FakeOut:
    """A room's AudioOut: takes `QUEUE_FRAMES` at once, then one every 10 ms, and knows when each one was played."""

    rate = RATE
    queue_samples = QUEUE_FRAMES * FRAME

    def __init__(self, *, heard: bool = True) -> None:
        self.written: list[Pcm] = []
        self.written_at: list[float] = []
        self.played_at = 0.0
        """Loop time at which all that was written has been played."""
        self.listener = asyncio.Event()
        self.writing = False
        if heard:
            self.listener.set()

    async def write(self, frame: Pcm) -> None:
        assert not self.writing, "one writer only"
        loop = asyncio.get_running_loop()
        self.writing = True
        self.written.append(frame)
        self.written_at.append(loop.time())
        self.played_at = max(self.played_at, loop.time()) + FRAME / RATE
        await asyncio.sleep(self.played_at - loop.time() - self.queue_samples / RATE)
        self.writing = False

    def clear(self) -> None:
        raise AssertionError("nothing clears yet")

    async def wait_for_listener(self) -> None:
        await self.listener.wait()

    @property
    def pcm(self) -> Pcm:
        return np.concatenate(self.written) if self.written else np.zeros(0, np.int16)


class Running:
    """A playout whose writer runs in a group."""

    def __init__(self, out: FakeOut, group: asyncio.TaskGroup) -> None:
        self.group = group
        self.playout = Playout(out)
        self.writer = group.create_task(self.playout.run())

    def say(self, *parts: Pcm) -> ReplyAudio:
        """A reply whose audio is there at once."""
        reply = self.playout.open()
        for part in parts:
            reply.feed(part)
        reply.finish()
        return reply


@asynccontextmanager
async def playing(out: FakeOut) -> AsyncIterator[Running]:
    async with asyncio.TaskGroup() as group:
        running = Running(out, group)
        yield running
        running.writer.cancel()


def ramp(samples: int, first: int = 1) -> Pcm:
    """Samples that tell their place."""
    return np.arange(first, first + samples, dtype=np.int16)


def now() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_replies_are_played_one_after_the_other_in_the_order_of_opening() -> None:
    out = FakeOut()
    async with playing(out) as running:
        first, second = running.playout.open(), running.playout.open()
        second.feed(ramp(FRAME, 1000))
        second.finish()
        await asyncio.sleep(1)
        assert not out.written, "the second waits for the first"
        first.feed(ramp(2 * FRAME))
        await settle()
        first.finish()
        await second.ended
        assert first.ended.done()
    assert out.pcm.tolist() == [*ramp(2 * FRAME), *ramp(FRAME, 1000)]


@given(st.lists(st.integers(0, 500), max_size=8), st.lists(st.integers(0, 500), max_size=8))
def test_every_sample_is_played_once_in_whole_frames(first: list[int], second: list[int]) -> None:
    """Whatever the pieces' lengths: only the last frame is padded, with silence."""

    async def scene() -> None:
        out = FakeOut()
        async with playing(out) as running:
            expected: list[int] = []
            for sizes in (first, second):
                whole = ramp(sum(sizes))
                parts = np.split(whole, np.cumsum(sizes)) if sizes else []
                await running.say(*parts).ended
                expected += [*whole, *[0] * (-len(whole) % FRAME)]
        assert all(len(frame) == FRAME and frame.dtype == np.int16 for frame in out.written)
        assert out.pcm.tolist() == expected

    run(scene())


@virtual_time
async def test_a_reply_has_ended_only_when_its_last_sample_was_played() -> None:
    out = FakeOut()
    async with playing(out) as running:
        for frames in (1, 3, QUEUE_FRAMES, 40):
            began_at = now()
            await running.say(ramp(frames * FRAME)).ended
            assert now() >= out.played_at
            assert now() <= began_at + frames * 0.010 + 0.1, "and not long after"


@virtual_time
async def test_audio_that_comes_in_time_is_played_without_a_gap() -> None:
    out = FakeOut()
    async with playing(out) as running:
        reply = running.playout.open()
        for _ in range(20):
            reply.feed(ramp(4 * FRAME))
            await asyncio.sleep(0.035)
        reply.finish()
        await reply.ended
    assert len(out.written) == 80
    late = [at - index * 0.010 for index, at in enumerate(out.written_at)]
    assert max(late) <= 0.001, "each frame was in the queue before its turn"


@virtual_time
async def test_a_partial_frame_waits_for_its_rest() -> None:
    """Else every pause of the synthesis would tear silence into a word."""
    out = FakeOut()
    async with playing(out) as running:
        reply = running.playout.open()
        reply.feed(ramp(FRAME + 7))
        await asyncio.sleep(1)
        assert len(out.written) == 1
        reply.feed(ramp(FRAME - 7, FRAME + 8))
        reply.finish()
        await reply.ended
    assert out.pcm.tolist() == ramp(2 * FRAME).tolist()


@virtual_time
async def test_an_empty_reply_ends_and_plays_nothing() -> None:
    out = FakeOut()
    async with playing(out) as running:
        await running.say().ended
        await running.say(ramp(0), ramp(0)).ended
    assert not out.written


@virtual_time
async def test_the_first_word_waits_for_a_listener() -> None:
    out = FakeOut(heard=False)
    async with playing(out) as running:
        reply = running.say(ramp(FRAME))
        await asyncio.sleep(LISTENER_DELAY / 2)
        assert not out.written
        out.listener.set()
        await reply.ended
    assert out.written_at == [LISTENER_DELAY / 2]


@virtual_time
async def test_the_wait_for_a_listener_is_bounded() -> None:
    out = FakeOut(heard=False)
    async with playing(out) as running:
        await running.say(ramp(FRAME)).ended
    assert out.written_at == [pytest.approx(LISTENER_DELAY)]
    assert LISTENER_DELAY == 2.0


@virtual_time
async def test_after_a_rejoin_the_next_reply_waits_for_a_listener_again() -> None:
    out = FakeOut()
    async with playing(out) as running:
        await running.say(ramp(FRAME)).ended
        out.listener.clear()
        reply = running.say(ramp(FRAME))
        await asyncio.sleep(1)
        assert len(out.written) == 1
        out.listener.set()
        await reply.ended
    assert len(out.written) == 2


@virtual_time
async def test_who_stops_waiting_for_a_reply_does_not_break_the_writer() -> None:
    """Cancelling the one who awaits `ended` cancels the future under them."""
    out = FakeOut()
    async with playing(out) as running:
        reply = running.say(ramp(10 * FRAME))

        async def wait() -> None:
            await reply.ended

        waiting = running.group.create_task(wait())
        await asyncio.sleep(0.02)
        waiting.cancel()
        await running.say(ramp(FRAME, 1000)).ended
    assert out.pcm.tolist()[-FRAME:] == ramp(FRAME, 1000).tolist()


@virtual_time
async def test_an_error_of_the_room_surfaces() -> None:
    class Broken(FakeOut):
        async def write(self, frame: Pcm) -> None:
            raise OSError("the room is broken")

    with pytest.raises(ExceptionGroup) as raised:
        async with playing(Broken()) as running:
            await running.say(ramp(FRAME)).ended
    assert raised.group_contains(OSError, match="broken")
