"""The words that the bot reports as heard, against a recording that another participant makes of it."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from statistics import median

import pytest

from bot.results import SpeechResult
from pipeline.ports import SynthesizerCapabilities
from pipeline.speech import Speech, WordTime
from tests.bot.conftest import NewBot, NewCaller
from tests.support.bot import Watched
from tests.support.caller import Caller
from tests.support.tone_code import HEARD_PART, Decoder, Heard, code_of, codebook, spoken, words_of

pytestmark = [pytest.mark.sfu, pytest.mark.alone]

VOCABULARY = words_of(
    "amber brick candle desert engine falcon garden harbor island jungle kettle ladder magnet needle orange pepper "
    "quartz rocket saddle tunnel umbrella velvet walnut yellow zipper anchor bottle copper dragon eagle"
)
RATE = 24_000

LEAST_HEARD = 0.030
"""Seconds of a word that a recording must have to tell it."""


class ToneVoice:
    """Speaks each word as the tones that stand for it, five times as fast as it is played, and times it."""

    rate = RATE
    capabilities = SynthesizerCapabilities(word_times=True)

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        done = 0
        async for chunk in text:
            pcm, times = spoken(words_of(chunk), RATE)
            for word in times:
                yield WordTime(word.text, done / RATE + word.start, done / RATE + word.end)
            for start in range(0, len(pcm), RATE // 5):
                await asyncio.sleep(0.04)
                yield Speech(pcm[start : start + RATE // 5])
            done += len(pcm)


def each_once(heard: list[Heard]) -> list[int]:
    """The codes of words none of which was said twice: a hold in the last part of one lets it be heard again."""
    codes = [each.code for each in heard]
    return [code for index, code in enumerate(codes) if codes[index - 1 : index] != [code]]


@dataclass(frozen=True)
class Cut:
    """A sentence that was broken off: what of it the bot took for heard, and what another participant recorded."""

    said: list[str]
    reported: list[str]
    """Words, as `say` returns them."""
    played: float
    """Seconds of the voice that the bot has counted as played."""
    recorded: list[Heard]

    @property
    def is_in_order(self) -> bool:
        """Are the recorded words the sentence's beginning? Else a stall has torn one, or lost it."""
        codes = each_once(self.recorded)
        return bool(codes) and codes == [code_of(word) for word in self.said[: len(codes)]]

    @property
    def surplus(self) -> float:
        """Seconds of the voice that were recorded beyond those that the bot has counted; negative when some lack."""
        times = self._times()
        starts = {code_of(time.text): time.start for time in times}
        recorded = max(starts[heard.code] + heard.end - heard.start for heard in self.recorded)
        begun = [time for time in times if time.start + LEAST_HEARD <= self.played]
        return recorded - (min(begun[-1].end, self.played) if begun else 0.0)

    def counted(self) -> list[str]:
        """The words of which enough was played, by what the bot has counted."""
        return [time.text for time in self._times() if time.start + HEARD_PART * (time.end - time.start) <= self.played]

    def _times(self) -> tuple[WordTime, ...]:
        return spoken(self.said, RATE)[1]


def recorded_since(caller: Caller, since: float) -> list[Heard]:
    """The words in the recording from a loop time on; what stands for none is what a torn-off tone looks like."""
    known = codebook(VOCABULARY)
    decoder = Decoder(caller.recording.rate)
    heard = decoder.feed(caller.recording.slice(since, asyncio.get_running_loop().time())) + decoder.flush()
    return [each for each in heard if each.code in known]


async def cut_at_random(bot: Watched, caller: Caller, chance: random.Random) -> Cut:
    """Say a sentence, hold and resume it now and then, and break it off at some moment."""
    words = chance.sample(VOCABULARY, 9)
    playout = bot.bot._session._replies.playout
    played, end = list[int](), playout.end

    def counted(reply_id: str) -> int:
        played.append(end(reply_id))
        return played[-1]

    began_at = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        saying: asyncio.Task[SpeechResult] = group.create_task(bot.bot.say(" ".join(words).capitalize() + "."))
        await asyncio.sleep(chance.uniform(0.1, 2.0))
        if chance.random() < 0.6:
            playout.hold()
            await asyncio.sleep(chance.uniform(0.02, 0.5))
            playout.resume()
            await asyncio.sleep(chance.uniform(0.1, 1.5))
        playout.end = counted  # type: ignore[method-assign]
        bot.bot.interrupt()
    playout.end = end  # type: ignore[method-assign]
    await asyncio.sleep(0.4)
    reported = [word.casefold().strip(".") for word in words_of(saying.result().heard)]
    whole = len(spoken(words, RATE)[0])  # when it was over before it was to be broken off
    return Cut(words, reported, max(played, default=whole) / RATE, recorded_since(caller, began_at))


@pytest.mark.smoke
async def test_what_playout_reports_as_heard_is_what_was_recorded(new_bot: NewBot, new_caller: NewCaller) -> None:
    """The words follow from the samples that the bot has counted, and these are as many as were recorded.

    A busy machine tears some of the recordings: half of them count, by their median.
    """
    cuts, chance = 8, random.Random(24)
    async with new_bot(tts=ToneVoice()) as bot, new_caller() as caller:
        await bot.bot.say("Warming up.")
        made = [await cut_at_random(bot, caller, chance) for _ in range(cuts)]
    for cut in made:
        assert cut.reported == cut.counted()
    surplus = [cut.surplus for cut in made if cut.is_in_order]
    print(f"{len(surplus)} of {cuts} recordings are whole; recorded beyond what was counted, s: {sorted(surplus)}")
    assert len(surplus) >= cuts / 2, made
    assert abs(median(surplus)) < 0.060, surplus


async def test_a_reply_that_is_held_and_resumed_loses_and_doubles_no_word(
    new_bot: NewBot, new_caller: NewCaller
) -> None:
    """In most of five recordings: a busy machine tears some."""
    chance = random.Random(7)
    whole = []
    async with new_bot(tts=ToneVoice()) as bot, new_caller() as caller:
        await bot.bot.say("Warming up.")
        playout = bot.bot._session._replies.playout
        for _ in range(5):
            words = chance.sample(VOCABULARY, 4)
            began_at = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as group:
                saying: asyncio.Task[SpeechResult] = group.create_task(bot.bot.say(" ".join(words) + "."))
                await caller.hears(began_at)
                await asyncio.sleep(chance.uniform(0.2, 0.9))
                playout.hold()
                await asyncio.sleep(0.4)
                playout.resume()
            assert saying.result().heard == " ".join(words) + "."
            await asyncio.sleep(0.4)
            recorded = recorded_since(caller, began_at)
            parts = [
                max((it.part_of(word) for it in recorded if it.code == code_of(word)), default=0) for word in words
            ]
            whole.append(each_once(recorded) == [code_of(word) for word in words] and min(parts) > 0.85)
    assert sum(whole) >= 3, whole
