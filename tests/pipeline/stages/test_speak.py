"""A reply whose voice breaks off, whose text never ends, and who is told of its first audio; on virtual time."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm
from pipeline.errors import Declined, Malformed, ProviderError, Unavailable
from pipeline.ports import SynthesizerCapabilities
from pipeline.resilience.availability import Availability
from pipeline.resilience.budget import Budget
from pipeline.resilience.tts import SpeechAttempts
from pipeline.speech import Speech, WordTime
from pipeline.stages.reply_text import ReplyText
from pipeline.stages.speak import SpokenReply
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.policy import Policy
from tests.support.playout_stage import Stage, now, stage

RATE = 16_000
PIECE = 0.02
"""Seconds of audio that come at once."""

NEVER = 1e9

TEXT = (
    "One two three, four-five six. Seven eight nine ten eleven twelve! Thirteen fourteen, and so on it goes. The end."
)
WORDS = TEXT.replace("-", " ").split()
LEVELS = {word: 2_000 + 500 * index for index, word in enumerate(WORDS)}
"""The one value of all samples of a word, by which it is known in what was played."""


MAX_CHARACTERS = Policy().max_reply_characters


def length(word: str) -> int:
    """Samples of a word, no whole number of frames."""
    return 3_001 + 150 * len(word)


@dataclass
class Voice:
    """Speaks `speed` times as fast as it is heard; each request breaks off after its number of seconds in `fails`."""

    fails: Iterable[float] = ()
    error: type[ProviderError] = Unavailable
    last_error: type[ProviderError] | None = None
    """Instead of `error`, for the last of `fails`."""
    word_times: bool = True
    words_first: bool = True
    speed: float = 4.0
    texts: list[str] = field(default_factory=list)
    """What each request was given."""
    asked_at: list[float] = field(default_factory=list)
    rate: int = RATE

    def __post_init__(self) -> None:
        self.capabilities = SynthesizerCapabilities(word_times=self.word_times)
        self._fails: Iterator[float] = iter(self.fails)

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        self.texts.append("")
        self.asked_at.append(now())
        fails_at = next(self._fails, None)
        error = self.last_error if self.last_error and len(self.texts) == len(list(self.fails)) else self.error
        made = 0
        async for chunk in text:
            self.texts[-1] += chunk
            for word in chunk.replace("-", " ").split():
                time = WordTime(word, made / RATE, (made + length(word)) / RATE)
                if self.word_times and self.words_first:
                    yield time
                for start in range(0, length(word), round(PIECE * RATE)):
                    if fails_at is not None and made >= fails_at * RATE:
                        raise error("voice", "out of order")
                    await asyncio.sleep(PIECE / self.speed)
                    size = min(round(PIECE * RATE), length(word) - start)
                    made += size
                    yield Speech(np.full(size, LEVELS.get(word, 1_000), np.int16))
                if self.word_times and not self.words_first:
                    yield time
        if fails_at is not None and made >= fails_at * RATE:
            raise error("voice", "out of order")


def attempts(voice: Voice) -> SpeechAttempts:
    return SpeechAttempts(voice, Budget(8.0), Availability("voice"))


async def tokens(text: str, every: float = 0.0125) -> AsyncGenerator[str, None]:
    for token in text.split(" "):
        await asyncio.sleep(every)
        yield token + " "


def spoken_reply(
    reply_id: str,
    voice: Voice,
    on: Stage,
    on_first_audio: Callable[[], None] = lambda: None,
    max_characters: int = MAX_CHARACTERS,
) -> SpokenReply:
    return SpokenReply(reply_id, attempts(voice), on.playout, on_first_audio, text=ReplyText(reply_id, max_characters))


@asynccontextmanager
async def on_air(voice: Voice, text: str = TEXT) -> AsyncIterator[tuple[Stage, SpokenReply, asyncio.Task[None]]]:
    """A reply that is released at once."""
    async with stage() as on:
        reply = spoken_reply("a", voice, on)
        on.playout.release("a")
        async with asyncio.TaskGroup() as group:
            yield on, reply, group.create_task(reply.run(tokens(text)))


def said(pcm: Pcm) -> list[tuple[str, int]]:
    """The words in what was played, each with how many of its samples; a fade passes the values of others."""
    values = pcm[np.isin(pcm, list(LEVELS.values()))]
    starts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)] if len(values) else [0]
    names = {level: word for word, level in LEVELS.items()}
    return [(names[int(values[a])], b - a) for a, b in pairwise(starts) if b - a > 5]


def heard_whole(pcm: Pcm) -> list[str]:
    return [word for word, samples in said(pcm) if samples >= length(word) - 0.006 * RATE]


def torn(pcm: Pcm) -> list[str]:
    return [word for word, samples in said(pcm) if samples < length(word) - 0.006 * RATE]


def furthest(pcm: Pcm) -> int:
    """How far in the text somebody came who heard this, in words."""
    return max((WORDS.index(word) + 1 for word in heard_whole(pcm)), default=0)


def words_in(text: str) -> int:
    return len(text.replace("-", " ").split())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 6), max_size=2), st.sampled_from([0.9, 1.1, 4, 50]), st.booleans())
def test_a_voice_that_breaks_off_loses_nothing_and_says_nothing_twice(
    fails: list[float], speed: float, words_first: bool
) -> None:
    """But for the beginning of a word that was in the room already; what was heard is right all the time."""

    async def scene() -> None:
        voice = Voice(fails, speed=speed, words_first=words_first)
        async with on_air(voice) as (on, reply, speaking):
            heard = [""]
            while reply.heard(on.playout.played("a")) or not speaking.done():
                heard.append(reply.heard(on.playout.played("a")) or heard[-1])
                counted = len(heard[-1].replace("-", " ").split())
                whole = len(heard_whole(on.room.pcm))
                assert whole - 1 <= counted <= whole + 1
                await asyncio.sleep(0.21)
            await speaking
            assert reply.failure is None
            assert heard_whole(on.room.pcm) == WORDS
            assert len(torn(on.room.pcm)) <= len(fails)
            assert reply.heard(reply.made) == TEXT
            assert all(TEXT.startswith(text) for text in heard)
            assert heard == sorted(heard, key=len), "it only grows"

    run(scene())


@virtual_time
async def test_what_is_not_yet_in_the_room_is_replaced_without_a_trace() -> None:
    voice = Voice([2.5], speed=4)
    async with on_air(voice) as (on, _, _):
        await on.finished("a")
    assert [word for word, _ in said(on.room.pcm)] == WORDS
    assert on.underruns == [], "there was enough ahead to hide it"
    assert voice.texts[1].startswith("eleven twelve!"), "in the middle of a sentence"


@pytest.mark.parametrize("error", [Unavailable, Malformed])
@virtual_time
async def test_a_voice_may_fail_again_and_again_and_gets_time_to_recover(error: type[ProviderError]) -> None:
    voice = Voice([0.0, 0.0, 0.0], error=error)
    async with on_air(voice) as (on, reply, _speaking):
        await on.finished("a")
    assert reply.failure is None
    assert np.diff(voice.asked_at).tolist() == pytest.approx([0.05, 0.2, 0.4], abs=0.15)
    assert voice.texts[3].strip() == TEXT
    assert reply.heard(reply.made) == TEXT


@virtual_time
async def test_a_voice_that_never_gets_past_a_word_costs_the_budget() -> None:
    """Beginnings of the word are no progress; after the budget a fault of the voice's own is returned."""
    voice = Voice([1.0, *[0.1] * 1_000], error=Malformed)
    async with on_air(voice) as (on, reply, speaking):
        began_at = now()
        await asyncio.wait([speaking])
        assert now() - began_at < 8.0 + 2.0
        await on.finished("a")
    assert isinstance(reply.failure, Malformed)
    assert len(voice.texts) < 20
    whole = reply.heard(reply.made).replace("-", " ").split()
    assert heard_whole(on.room.pcm)[: len(whole)] == whole == WORDS[: len(whole)]


@virtual_time
async def test_what_was_declined_is_not_asked_again() -> None:
    voice = Voice([1.0], error=Declined)
    async with on_air(voice) as (on, reply, _speaking):
        await on.finished("a")
    assert isinstance(reply.failure, Declined)
    assert len(voice.texts) == 1


@virtual_time
async def test_a_failure_after_the_last_word_is_none() -> None:
    voice = Voice([sum(map(length, WORDS)) / RATE - 1e-6], words_first=False)
    async with on_air(voice) as (on, reply, _speaking):
        await on.finished("a")
    assert reply.failure is None
    assert heard_whole(on.room.pcm) == WORDS
    assert reply.heard(reply.made) == TEXT
    assert len(voice.texts) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 2), max_size=2), st.sampled_from([1.1, 4, 50]))
def test_without_word_times_nothing_is_lost_and_at_most_a_chunk_is_said_twice(fails: list[float], speed: float) -> None:
    async def scene() -> None:
        voice = Voice(fails, word_times=False, speed=speed)
        async with on_air(voice) as (on, reply, _speaking):
            await on.finished("a")
        assert reply.failure is None
        assert reply.heard(reply.made) == TEXT
        spoken = heard_whole(on.room.pcm)
        last_said = [len(spoken) - spoken[::-1].index(word) for word in WORDS]
        assert last_said == sorted(last_said), "all, and in order"
        if speed == 50:
            assert spoken == WORDS, "what failed was not yet in the room"

    run(scene())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.lists(st.floats(0, 2), max_size=3), st.sampled_from([0.9, 1.1, 4, 50]))
def test_without_word_times_what_was_heard_is_guessed(whole: int, fails: list[float], speed: float) -> None:
    """To two words, as they last longer here than their letters say, and all the time.

    That is, while a chunk is still being made, when it breaks off, and when the voice has failed for good.
    """

    async def scene() -> None:
        voice = Voice([NEVER] * whole + fails, word_times=False, speed=speed)
        async with on_air(voice) as (on, reply, speaking):
            heard = [""]
            while on.playout.ahead("a") or not speaking.done():
                heard.append(reply.heard(on.playout.played("a")) or heard[-1])
                assert abs(words_in(heard[-1]) - furthest(on.room.pcm)) <= 2
                await asyncio.sleep(0.07)
            await on.finished("a")
            heard.append(reply.heard(reply.made))
            assert abs(words_in(heard[-1]) - furthest(on.room.pcm)) <= 2
            assert all(TEXT.startswith(text) for text in heard)
            assert heard == sorted(heard, key=len), "it only grows"

    run(scene())


@pytest.mark.parametrize("word_times", [True, False])
@virtual_time
async def test_what_is_not_yet_in_the_room_when_the_voice_fails_for_good_is_not_said(word_times: bool) -> None:
    """Of a word that is not whole, or without word times of a chunk: nothing is heard that does not count."""
    broken = 0.6 * length("four")
    fails = [(sum(map(length, WORDS[:3])) + broken) / RATE] if word_times else [NEVER, broken / RATE]
    async with on_air(Voice(fails, error=Declined, speed=50, word_times=word_times)) as (on, reply, _speaking):
        await on.finished("a")
    assert isinstance(reply.failure, Declined)
    assert [word for word, _ in said(on.room.pcm)] == WORDS[:3]
    assert reply.heard(reply.made) == "One two three,"


@virtual_time
async def test_what_was_heard_before_a_chunk_is_begun_again_counts_also_when_that_does_not_come_as_far() -> None:
    voice = Voice([0.5, 0.1, 0.1], word_times=False, speed=1.1, last_error=Declined)
    async with on_air(voice) as (on, reply, _):
        await on.finished("a")
    assert isinstance(reply.failure, Declined)
    assert heard_whole(on.room.pcm) == ["One", "two"]
    assert reply.heard(reply.made) == "One two"


@virtual_time
async def test_a_word_that_is_spoken_as_several_is_not_torn_apart() -> None:
    """Where in "$21" the voice was is not known: it is said again as a whole."""

    class Spelling(Voice):
        async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
            self.texts.append("")
            made = 0.0
            async for chunk in text:
                self.texts[-1] += chunk
                for word in chunk.replace("$21", "twenty one dollars").split():
                    if word == "one" and len(self.texts) == 1:
                        raise Unavailable("voice", "out of order")
                    yield WordTime(word, made, made + 0.25)
                    yield Speech(np.full(RATE // 4, 1000, np.int16))
                    made += 0.25

    voice = Spelling()
    text = "It costs $21 today."
    async with on_air(voice, text) as (on, reply, _):
        await on.finished("a")
    assert voice.texts[1].strip() == "$21 today."
    assert reply.made == 6 * RATE // 4
    assert reply.heard(reply.made) == text
    assert reply.heard(reply.made - RATE // 4) == "It costs $21"


@virtual_time
async def test_the_first_audio_is_told_in_the_moment_it_is_there_and_once() -> None:
    told: list[float] = []
    async with stage() as on:
        voice = Voice([0.1])
        reply = spoken_reply("a", voice, on, lambda: told.append(on.playout.ahead("a")))
        await reply.run(tokens("One two three, four."))
        assert told == [pytest.approx(PIECE)]
        assert len(voice.texts) == 2, "though it began anew"


@virtual_time
async def test_a_reply_without_audio_tells_of_none() -> None:
    async with stage() as on:
        reply = spoken_reply("a", Voice(), on, lambda: pytest.fail("there is none"))
        await reply.run(tokens("🎉"))
        assert reply.failure is None


class Endless:
    """A text that goes on for ever; knows how much was taken of it, and whether it was closed."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self.taken = 0
        self.closed = False

    async def __call__(self) -> AsyncGenerator[str, None]:
        try:
            while True:
                for token in self.sentence.split(" "):
                    yield token + " "
                    self.taken += len(token) + 1
                    await asyncio.sleep(0.01)
        finally:
            self.closed = True


@virtual_time
async def test_a_reply_without_end_ends_after_the_sentence_that_makes_it_too_long(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sentence = "Seven eight nine ten."
    text = Endless(sentence)
    async with stage() as on:
        reply = spoken_reply("a", Voice(speed=100), on, max_characters=100)
        on.playout.release("a")
        with caplog.at_level(logging.WARNING):
            async with asyncio.TaskGroup() as group:
                group.create_task(reply.run(text()))
                await on.finished("a")
        assert reply.failure is None
        assert reply.heard(reply.made) == " ".join([sentence] * 5), "of 22 characters each"
    assert text.closed
    assert text.taken < 150
    assert "110 characters" in caplog.text


@virtual_time
async def test_a_reply_of_the_allowed_length_is_whole_also_when_the_voice_speaks_fast(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The words here are half as long as text is taken for: it must not wait for being played before it is spoken."""
    sentence = "Seven eight nine ten. "
    text = (sentence * (MAX_CHARACTERS // len(sentence))).strip()
    async with stage() as on:
        reply = spoken_reply("a", Voice(speed=50), on)
        on.playout.release("a")
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(reply.run(tokens(text, every=0.0)))
        assert reply.heard(reply.made) == text
        assert on.underruns == []
    assert MAX_CHARACTERS == 4_000
    assert caplog.text == ""


@virtual_time
async def test_a_cut_closes_the_text() -> None:
    text = Endless("Seven eight nine ten.")
    async with on_air(Voice(), "") as (on, _, _), asyncio.TaskGroup() as group:
        other = spoken_reply("b", Voice(), on)
        speaking = group.create_task(other.run(text()))
        await asyncio.sleep(1)
        speaking.cancel()
        await asyncio.sleep(0.01)
        assert text.closed
