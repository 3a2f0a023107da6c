"""What is played of a reply that is ducked, held and resumed, on virtual time."""

import asyncio
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm
from pipeline.events import PlayoutStarted
from pipeline.speech import WordTime
from pipeline.stages.playout import DUCK_GAIN
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.virtual_loop import run, virtual_time
from tests.support.playout_stage import FRAME, RATE, ramp, stage

LOUD = 10_000


def loud(duration: float) -> Pcm:
    """Seconds of one value: what is played of it tells the gain."""
    return np.full(round(duration * RATE), LOUD, np.int16)


def gains(played: Pcm) -> list[float]:
    """The gain at each sample of what was played of `loud`."""
    return [round(float(sample) / LOUD, 2) for sample in played]


@virtual_time
async def test_a_hold_fades_out_and_a_resume_goes_on_at_the_cut_word() -> None:
    async with stage() as on:
        words = [WordTime("one", 0.0, 0.4), WordTime("two", 0.5, 0.9), WordTime("three", 1.0, 1.2)]
        on.say("a", ramp(20_000), words=words)
        await asyncio.sleep(0.7)
        on.playout.hold()
        await asyncio.sleep(0.1)
        silent_from = len(on.room.frames)
        held_at = on.playout.played("a")
        assert 0.7 <= held_at / RATE <= 0.78
        await asyncio.sleep(1)
        assert not any(frame.any() for frame in on.room.frames[silent_from:]), "silent while it is held"
        assert on.playout.played("a") == held_at
        on.playout.resume()
        await on.finished("a")
        again = [frame for frame in on.room.frames[silent_from:] if frame.any()]
        assert again[0][-1] == 0.5 * RATE + FRAME, "from the start of `two`"
        assert again[0][FRAME // 2] < 0.6 * again[1][FRAME // 2], "faded in"
        assert on.heard[-1] == 20_000


@virtual_time
async def test_a_word_that_was_nearly_said_is_not_said_again() -> None:
    async with stage() as on:
        reply = on.playout.open("a")
        reply.feed(ramp(16_000))
        reply.words += [WordTime("one", 0.0, 0.5), WordTime("two", 0.5, 0.9)]
        reply.playhead = 7_900
        reply.go_back(7_900)
        assert reply.playhead == 7_900
        reply.go_back(7_000)
        assert reply.playhead == 0


@virtual_time
async def test_a_reply_held_before_its_first_frame_begins_at_the_resume() -> None:
    async with stage() as on:
        on.say("a", ramp(10 * FRAME))
        on.playout.hold()
        await asyncio.sleep(1)
        assert on.heard == []
        on.playout.resume()
        await on.finished("a")
        assert on.heard[-1] == 10 * FRAME
        assert len(on.room.pcm.nonzero()[0]) > 9 * FRAME, "with its beginning"


@virtual_time
async def test_a_reply_starts_once_also_when_its_first_word_is_said_again() -> None:
    async with stage() as on:
        on.say("a", ramp(10_000), words=[WordTime("one", 0.0, 0.5)])
        await asyncio.sleep(0.2)
        on.playout.hold()
        await asyncio.sleep(0.2)
        on.playout.resume()
        await on.finished("a")
        assert on.heard.count(1_000) == 2, "the first word was said again"
        assert [type(event) for event in on.events].count(PlayoutStarted) == 1


@virtual_time
async def test_a_resume_in_the_moment_of_the_hold_leaves_no_trace() -> None:
    """Nothing has faded yet: to go back would tear the word, and say it twice."""
    async with stage() as on:
        on.say("a", ramp(20_000), words=[WordTime("one", 0.0, 1.0)])
        await asyncio.sleep(0.5)
        on.playout.hold()
        on.playout.resume()
        await on.finished("a")
        assert on.heard == ramp(20_000).tolist()


@virtual_time
async def test_a_duck_is_quieter_and_a_resume_undoes_it_without_a_click_or_a_repetition() -> None:
    async with stage() as on:
        on.say("a", loud(1.5))
        await asyncio.sleep(0.5)
        on.playout.duck()
        await asyncio.sleep(0.5)
        on.playout.resume()
        await on.finished("a")
        audible = on.room.pcm[: int(on.room.pcm.nonzero()[0][-1]) + 1]
        audible = audible[int(audible.nonzero()[0][0]) :]
        assert len(audible) == 1.5 * RATE, "nothing is lost, nothing is said twice"
        trace = gains(audible)
        assert trace[0] == trace[-1] == 1.0
        assert trace[RATE * 3 // 4] == DUCK_GAIN == 0.3
        assert max(abs(np.diff(audible.astype(int)))) < LOUD / FRAME, "a ramp of a frame, no step"
        quiet = trace.count(DUCK_GAIN) / RATE
        assert quiet == pytest.approx(0.5, abs=0.03)


@virtual_time
async def test_a_duck_while_held_stays_silent_and_a_resume_undoes_both() -> None:
    for first in ("duck", "hold"):
        async with stage() as on:
            on.say("a", loud(1.0))
            await asyncio.sleep(0.3)
            getattr(on.playout, first)()
            await asyncio.sleep(0.1)
            on.playout.hold()
            on.playout.duck()
            await asyncio.sleep(0.1)
            silent_from = len(on.room.frames)
            await asyncio.sleep(0.3)
            assert not any(frame.any() for frame in on.room.frames[silent_from:])
            on.playout.resume()
            await on.finished("a")
            audible = [frame for frame in on.room.frames[silent_from:] if frame.any()]
            assert {gain for frame in audible[1:] for gain in gains(frame)} == {1.0}


@virtual_time
async def test_a_new_reply_starts_at_full_gain() -> None:
    for quieten in ("duck", "hold"):
        async with stage() as on:
            on.say("a", loud(1.0))
            await asyncio.sleep(0.3)
            getattr(on.playout, quieten)()
            await asyncio.sleep(0.2)
            on.playout.end("a")
            getattr(on.playout, quieten)()  # nothing is on air
            await asyncio.sleep(0.1)
            before = len(on.room.frames)
            on.say("b", loud(0.2))
            await on.finished("b")
            assert set(gains(np.concatenate(on.room.frames[before:]))) - {0.0} == {1.0}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30))
def test_what_counts_as_played_in_a_hold_was_audible(seed: int) -> None:
    """At any moment, whatever comes or is dropped after it. Without words, as those are said again."""
    chance = random.Random(seed)

    async def scene() -> None:
        room = RoomQueue(RATE, phase=chance.uniform(0, 0.01), late=chance.choice([0.0, 0.0005]))
        async with stage(room) as on:
            reply = on.playout.open("a")
            on.playout.release("a")
            for _ in range(chance.randint(1, 6)):
                for _ in range(chance.randint(0, 6)):
                    reply.feed(loud(chance.choice([0.005, 0.03, 0.2])))
                    await asyncio.sleep(chance.choice([0.0, 0.003, 0.03, 0.1]))
                    if change := chance.choice([on.playout.duck, on.playout.resume, None]):
                        change()
                on.playout.hold()
                for _ in range(chance.randint(0, 2)):
                    if chance.random() < 0.3:
                        reply.drop(chance.randint(0, reply.end))
                    reply.feed(loud(0.1))
                    await asyncio.sleep(chance.choice([0.0, 0.002, 0.01]))
                await asyncio.sleep(0.1)
                assert on.playout.played("a") == sum(frame.any() for frame in room.frames) * FRAME
                on.playout.resume()

    run(scene())


@virtual_time
async def test_audio_is_dropped_from_a_place_on_but_not_what_was_written() -> None:
    """It ends with a fade; words that are not whole any more are dropped with it."""
    async with stage() as on:
        reply = on.playout.open("a")
        reply.feed(loud(0.25))
        reply.feed(loud(0.25))
        reply.words += [WordTime("one", 0.0, 0.3), WordTime("two", 0.3, 0.4)]
        reply.drop(5_000)
        assert reply.end == 5_000
        assert [word.text for word in reply.words] == ["one"]
        on.playout.release("a")
        await asyncio.sleep(0.1)
        reply.drop(100)
        kept = reply.end
        assert reply.playhead < kept <= reply.playhead + FRAME
        assert reply.words == []
        reply.feed(loud(0.2))
        reply.finish()
        await on.finished("a")
        played = on.room.pcm[: int(on.room.pcm.nonzero()[0][-1]) + 1]
        played = played[int(played.nonzero()[0][0]) :]
        assert len(played) == kept + 0.2 * RATE
        assert (played[: kept - FRAME] == LOUD).all()
        assert max(abs(np.diff(played[kept - FRAME : kept].astype(int)))) < 2 * LOUD / (0.005 * RATE)
        assert played[kept - 1] == 0
        assert (played[kept:] == LOUD).all()


@virtual_time
async def test_what_was_heard_is_not_dropped_when_a_resume_went_back_before_it() -> None:
    async with stage() as on:
        reply = on.playout.open("a")
        reply.feed(ramp(20_000))
        reply.words.append(WordTime("one", 0.0, 1.0))
        on.playout.release("a")
        await asyncio.sleep(0.5)
        on.playout.hold()
        await asyncio.sleep(0.1)
        on.playout.resume()
        heard = on.playout.played("a")
        assert reply.playhead == 0
        reply.drop(0)
        assert heard < reply.end <= heard + FRAME, "else other audio came to stand where this was heard"


@virtual_time
async def test_audio_dropped_while_a_listener_is_awaited_is_not_played() -> None:
    async with stage() as on:
        on.room.listener.clear()
        reply = on.playout.open("a")
        reply.feed(ramp(FRAME))
        on.playout.release("a")
        await asyncio.sleep(0.1)
        reply.drop(0)
        on.room.listener.set()
        await asyncio.sleep(0.1)
        assert on.events == []
        reply.feed(ramp(FRAME, 1_000))
        reply.finish()
        await asyncio.sleep(0.1)
        assert on.heard == ramp(FRAME, 1_000).tolist()
