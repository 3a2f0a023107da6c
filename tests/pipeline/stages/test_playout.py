"""Playout and its ledger on virtual time, into a queue that plays as the real room's does."""

import asyncio
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm
from pipeline.events import PlayoutFinished, PlayoutStarted
from pipeline.stages.playout import Playout
from pipeline.stages.room_writer import LISTENER_DELAY
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.virtual_loop import Deadlock, run, virtual_time
from tests.support.playout_stage import FRAME, RATE, now, ramp, stage


@given(st.lists(st.integers(0, 500), max_size=8))
def test_every_sample_is_played_once_in_whole_frames(sizes: list[int]) -> None:
    """Whatever the pieces' lengths: only the last frame is padded, with silence."""

    async def scene() -> None:
        async with stage() as on:
            whole = ramp(sum(sizes))
            on.say("a", *np.split(whole, np.cumsum(sizes)))
            await on.finished("a")
            assert on.heard == whole.tolist()

    run(scene())


@virtual_time
async def test_a_reply_has_finished_only_when_its_last_sample_was_played() -> None:
    async with stage() as on:
        for frames in (1, 3, 40):
            began_at = now()
            on.say(f"{frames}", ramp(frames * FRAME))
            await on.finished(f"{frames}")
            assert on.heard[-1] == frames * FRAME
            assert now() < began_at + frames * 0.010 + 0.05, "and not long after"


@virtual_time
async def test_a_draft_is_silent_until_it_is_released() -> None:
    async with stage() as on:
        draft = on.playout.open("draft")
        draft.feed(ramp(FRAME))
        draft.finish()
        await asyncio.sleep(1)
        assert on.heard == []
        on.playout.release("draft")
        await on.finished("draft")
        assert on.heard == ramp(FRAME).tolist()
        assert [type(event) for event in on.events] == [PlayoutStarted, PlayoutFinished]


@virtual_time
async def test_a_draft_survives_beside_the_reply_on_air_and_can_be_dropped() -> None:
    async with stage() as on:
        on.say("a", ramp(100 * FRAME))
        for name in ("kept", "dropped"):
            on.playout.open(name).feed(ramp(FRAME, 20_000))
        await asyncio.sleep(0.1)
        assert on.playout.end("dropped") == 0
        with pytest.raises(RuntimeError, match="cut it before"):
            on.playout.release("kept")
        on.playout.end("a")
        on.playout.release("kept")
        await asyncio.sleep(0.2)
        assert on.heard[-1] == 20_000 + FRAME - 1


@virtual_time
async def test_a_partial_frame_waits_for_its_rest() -> None:
    """Else every pause of the synthesis would tear silence into a word."""
    async with stage() as on:
        reply = on.playout.open("a")
        on.playout.release("a")
        reply.feed(ramp(FRAME + 7))
        await asyncio.sleep(1)
        assert on.heard == ramp(FRAME).tolist()
        assert on.underruns == []
        reply.feed(ramp(FRAME - 7, FRAME + 8))
        reply.finish()
        await on.finished("a")
        assert on.heard == ramp(2 * FRAME).tolist()
        (gap,) = on.underruns
        assert gap.duration == pytest.approx(1.0, abs=0.05)


@virtual_time
async def test_neither_a_hold_nor_the_end_is_a_gap() -> None:
    """Silence that was wanted: also where the reply had run dry before."""
    async with stage() as on:
        reply = on.playout.open("a")
        on.playout.release("a")
        reply.feed(ramp(10 * FRAME))
        await asyncio.sleep(0.5)
        on.playout.hold()
        reply.feed(ramp(10 * FRAME, 1 + 10 * FRAME))
        await asyncio.sleep(0.5)
        on.playout.resume()
        await asyncio.sleep(0.5)
        reply.finish()
        await on.finished("a")
        on.say("b", ramp(FRAME))
        await on.finished("b")
    assert on.underruns == []


@virtual_time
async def test_an_empty_reply_finishes_and_plays_nothing() -> None:
    async with stage() as on:
        on.say("a")
        await on.finished("a")
        assert on.heard == []


@virtual_time
async def test_the_first_word_waits_for_a_listener_but_not_for_ever() -> None:
    for comes_after, begins in ((0.7, 0.7), (60.0, LISTENER_DELAY)):
        room = RoomQueue(RATE)
        room.listener.clear()
        asyncio.get_running_loop().call_later(comes_after, room.listener.set)
        async with stage(room) as on:
            began_at = now()
            on.say("a", ramp(FRAME))
            await on.finished("a")
            assert now() - began_at == pytest.approx(begins, abs=0.05)


@virtual_time
async def test_after_a_rejoin_the_next_reply_waits_for_a_listener_again() -> None:
    async with stage() as on:
        on.say("a", ramp(FRAME))
        await on.finished("a")
        on.room.listener.clear()
        on.say("b", ramp(FRAME, 1000))
        await asyncio.sleep(1)
        assert on.heard == ramp(FRAME).tolist()
        on.room.listener.set()
        await on.finished("b")
        assert on.heard == [*ramp(FRAME), *ramp(FRAME, 1000)]


@virtual_time
async def test_audio_that_comes_in_time_is_played_without_a_gap() -> None:
    async with stage() as on:
        reply = on.playout.open("a")
        on.playout.release("a")
        for part in range(20):
            reply.feed(ramp(4 * FRAME, 1 + part * 4 * FRAME))
            await asyncio.sleep(0.035)
        reply.finish()
        await on.finished("a")
        audible = np.flatnonzero([frame.any() for frame in on.room.frames])
        assert audible[-1] - audible[0] + 1 == 80
        assert on.heard == ramp(80 * FRAME).tolist()
        assert on.underruns == []


@virtual_time
async def test_an_error_of_the_room_surfaces() -> None:
    class Broken(RoomQueue):
        async def write(self, frame: Pcm) -> None:
            raise OSError("the room is broken")

    async def scene() -> None:
        async with stage(Broken(RATE)) as on:
            on.say("a", ramp(FRAME))
            await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as raised:
        await scene()
    assert raised.group_contains(OSError, match="broken")


@virtual_time
async def test_a_cut_is_heard_within_two_frames() -> None:
    async with stage() as on:
        on.say("a", ramp(20_000))
        await asyncio.sleep(0.5)
        on.playout.end("a")
        cut_at = len(on.room.frames)
        await asyncio.sleep(0.2)
        audible = [frame.any() for frame in on.room.frames[cut_at:]]
        assert sum(audible) <= 2
        assert not any(audible[3:])


def _last_place(frame: Pcm) -> int:
    """Which sample of the ramp a frame ends with: of one that fades out the first sample tells it, else the last."""
    return int(frame[0]) + FRAME - 1 if frame[0] > frame[-1] else int(frame[-1])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30))
def test_what_the_ledger_says_was_played_is_what_was_played(seed: int) -> None:
    """Holds, resumes, late audio and a cut at any moment: never more than two frames off, mostly exact."""
    chance = random.Random(seed)

    async def scene() -> None:
        room = RoomQueue(RATE, phase=chance.uniform(0, 0.01), late=chance.choice([0.0, 0.0005]))
        async with stage(room) as on:
            whole, sent = ramp(30_000), 0
            reply = on.playout.open("a")
            on.playout.release("a")
            end_at = now() + chance.uniform(0.05, 2.0)
            while now() < end_at:
                size = chance.randint(100, 8_000)
                reply.feed(whole[sent : sent + size])
                sent += size
                await asyncio.sleep(chance.choice([0.01, 0.1, 0.4]))
                if chance.random() < 0.3:
                    on.playout.hold()
                    await asyncio.sleep(chance.uniform(0, 0.3))
                    on.playout.resume()
            ledger = on.playout.end("a")
            truly = max((_last_place(frame) for frame in on.room.frames if frame.any()), default=0)
            assert abs(ledger - truly) <= 2 * FRAME

    run(scene())


def test_the_writer_waits_without_turning() -> None:
    """With nothing to play nothing wakes it: virtual time has no timer left to jump to."""
    with pytest.raises(Deadlock):
        run(Playout(RoomQueue(RATE), lambda _: None).run())
