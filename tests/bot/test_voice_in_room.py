"""The voice of this machine in a room: the bot knows which of its words were heard."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec

import numpy as np
import pytest

from bot.results import SpeechResult
from pipeline.audio import LISTEN_RATE, resample
from pipeline.providers.local.hearing.moonshine_model import MoonshineModel
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from tests.bot.conftest import NewBot, NewCaller
from tests.support.caller import Caller
from tests.support.word_errors import words_of

pytestmark = [pytest.mark.sfu, pytest.mark.alone]

SENTENCES = (
    "Good morning, how can I help you today?",
    "The harbor was empty, and nobody had seen the boat since Tuesday.",
    "I have written it down, so you will not forget it.",
    "He forgot his umbrella on the train again.",
    "The river rises quickly after heavy rain in the mountains.",
    "Open the settings, choose language, and press save.",
)
"""Which the transcriber of this machine understands word for word."""


@pytest.fixture(scope="module")
def model() -> MoonshineModel:
    for package in ("hibari", "moonshine_voice"):
        if find_spec(package) is None:
            pytest.skip(f"the package {package} is missing: run scripts/test, or install the project's extra demo")
    return MoonshineModel()


@pytest.fixture
async def voice() -> AsyncIterator[HibariSynthesizer]:
    """Loaded, so that the bot need not wait for it on a busy machine."""
    async with aclosing(HibariSynthesizer()) as synthesizer:
        await synthesizer.warm()
        yield synthesizer


def recognized(model: MoonshineModel, caller: Caller, since: float) -> list[str]:
    """The words in the caller's recording from a loop time on."""
    sound = caller.recording.slice(since, asyncio.get_running_loop().time())
    heard = resample(sound, caller.recording.rate, LISTEN_RATE) / np.float32(32768)
    hypothesis = model.recognize(heard.astype(np.float32))
    assert hypothesis is not None
    return words_of(model.text(hypothesis.tokens))


async def test_what_the_bot_takes_for_heard_is_what_was_understood(
    new_bot: NewBot, new_caller: NewCaller, voice: HibariSynthesizer, model: MoonshineModel
) -> None:
    """At most one word more or less in most of the cuts: what is left of a word may be taken for another one."""
    chance = random.Random(5)
    counts = []
    async with new_bot(tts=voice) as bot, new_caller() as caller:
        await bot.bot.say("Warming up.")
        for sentence in SENTENCES:
            began_at = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as group:
                saying: asyncio.Task[SpeechResult] = group.create_task(bot.bot.say(sentence))
                await caller.hears(began_at)
                await asyncio.sleep(chance.uniform(0.8, 2.0))
                bot.bot.interrupt()
            await asyncio.sleep(0.4)
            counts.append((len(words_of(saying.result().heard)), len(recognized(model, caller, began_at))))
    print("words taken for heard, and understood:", counts)
    assert sum(abs(taken - understood) <= 1 for taken, understood in counts) >= len(counts) * 2 / 3, counts
    assert any(taken < len(words_of(sentence)) for (taken, _), sentence in zip(counts, SENTENCES, strict=True))
