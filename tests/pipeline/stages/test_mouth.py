"""From text to what was heard of it, on virtual time, with a synthesizer that is faster than the room plays."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Unavailable
from pipeline.ports import Speech, SynthesizerCapabilities, WordTime
from pipeline.stages.mouth import Mouth
from pipeline.stages.speak import AHEAD
from tests.support.room_queue import RoomQueue
from tests.support.virtual_time import run, virtual_time

RATE = 16_000
WORD = 0.3
"""Seconds of every word."""

TEXT = "One two three, four five six. Seven eight nine ten eleven twelve! Thirteen fourteen, and so on it goes."


class Voice:
    """Says each word in 0.3 s, 100 ms after its text came; fails at the word `down`."""

    rate = RATE

    def __init__(self, *, word_times: bool = True) -> None:
        self.capabilities = SynthesizerCapabilities(word_times=word_times)
        self.chunks: list[tuple[float, str]] = []
        self.open = 0

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        at = 0.0
        self.open += 1
        try:
            async for chunk in text:
                self.chunks.append((asyncio.get_running_loop().time(), chunk))
                await asyncio.sleep(0.1)
                for word in chunk.split():
                    if word == "down":
                        raise Unavailable("voice", "out of order")
                    if self.capabilities.word_times:
                        yield WordTime(word, at, at + WORD)
                    yield Speech(np.full(round(WORD * RATE), 1000, np.int16))
                    at += WORD
        finally:
            self.open -= 1


@asynccontextmanager
async def mouth(voice: Voice) -> AsyncIterator[Mouth]:
    room = RoomQueue(RATE)
    made = Mouth(voice, room)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(room.run()), group.create_task(made.run())]
        yield made
        for task in tasks:
            task.cancel()


async def tokens(text: str, every: float = 0.0125) -> AsyncIterator[str]:
    for token in text.split(" "):
        await asyncio.sleep(every)
        yield token + " "


def now() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_all_is_heard_and_the_first_clause_does_not_wait_for_the_rest() -> None:
    voice = Voice()
    async with mouth(voice) as mine:
        spoken = await mine.say(tokens(TEXT, every=0.1))
    assert spoken.heard == TEXT
    assert not spoken.cut
    first_at, first = voice.chunks[0]
    assert first.strip() == "One two three,"
    assert first_at < 0.5
    assert "".join(chunk for _, chunk in voice.chunks).strip() == TEXT


@virtual_time
async def test_texts_are_spoken_one_after_the_other() -> None:
    async with mouth(Voice()) as mine, asyncio.TaskGroup() as group:
        first = group.create_task(mine.say(tokens("One two three.")))
        await asyncio.sleep(0.01)
        second = group.create_task(mine.say(tokens("Four five.")))
        await first
        between = now()
        await second
        assert now() - between == pytest.approx(2 * WORD, abs=0.1)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 6.0), st.booleans())
def test_a_cut_tells_the_words_that_were_heard(cut_after: float, word_times: bool) -> None:
    """With word times to the word; without them to one word of 60 %, since all words are of one length here."""

    async def scene() -> None:
        async with mouth(Voice(word_times=word_times)) as mine, asyncio.TaskGroup() as group:
            saying = group.create_task(mine.say(tokens(TEXT)))
            while not mine.playout.played("reply-1"):  # noqa: ASYNC110 - on virtual time it costs nothing
                await asyncio.sleep(0.001)
            began_at = now()
            await asyncio.sleep(cut_after)
            mine.interrupt()
            spoken = await saying
            assert TEXT.startswith(spoken.heard)
            heard = len(spoken.heard.split())
            expected = min(int((now() - began_at) / WORD + 0.4), len(TEXT.split()))
            tolerance = 1 if word_times else 3
            assert abs(heard - expected) <= tolerance
            if spoken.cut:
                await asyncio.sleep(0.1)
                assert mine.playout.ahead("reply-1") == 0

    run(scene())


@virtual_time
async def test_what_was_made_before_a_failure_is_still_played() -> None:
    voice = Voice()
    async with mouth(voice) as mine:
        spoken = await mine.say(tokens("All is well here, my friend. And then it goes down at once."))
        assert spoken.heard == "All is well here, my friend. And then it goes"
        assert isinstance(spoken.failure, Unavailable)
        assert not spoken.cut
        assert (await mine.say(tokens("Back again."))).heard == "Back again."
        assert voice.open == 0


@virtual_time
async def test_a_cancelled_text_falls_silent_and_the_next_one_has_its_turn() -> None:
    voice = Voice()
    async with mouth(voice) as mine, asyncio.TaskGroup() as group:
        saying = group.create_task(mine.say(tokens(TEXT)))
        await asyncio.sleep(1)
        saying.cancel()
        await asyncio.sleep(0)
        assert (await mine.say(tokens("Next."))).heard == "Next."
        assert voice.open == 0


@virtual_time
async def test_text_far_ahead_waits() -> None:
    """A reply of minutes is not synthesised at once: a cut would waste it."""
    voice = Voice()
    async with mouth(voice) as mine:
        sentence = "This is a sentence of eight words only. "
        spoken = await mine.say(tokens(sentence * 20, every=0.0))
        assert spoken.heard == (sentence * 20).strip()
    ahead = [8 * WORD * index - at for index, (at, _) in enumerate(voice.chunks)]
    assert max(ahead) <= AHEAD + 8 * WORD
    assert min(ahead[1:]) > 0, "and always enough"


@virtual_time
async def test_nothing_to_say_is_said_at_once() -> None:
    async with mouth(Voice()) as mine:
        for text in ("", "   ", "🎉", "```\ncode\n```"):
            spoken = await mine.say(tokens(text))
            assert not spoken.cut
            assert spoken.failure is None
