"""hibari in its process: chunks as they come, breaking off, and what it does not speak."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import pytest

from pipeline.errors import Declined, Refused
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from pipeline.providers.local.speaking.hibari_times import RATE
from pipeline.providers.local.speaking.pauses import CLAUSE_PAUSE, SENTENCE_PAUSE
from pipeline.speech import WordTime
from tests.support.waiting import WAIT_LIMIT

from ..conftest import Engines
from .speech import LONG, chunks, spoken

pytestmark = pytest.mark.usefixtures("demo")


async def test_chunks_are_spoken_as_they_come() -> None:
    """The first chunk is out before there is a second one; between them is the pause of its mark."""
    more = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        yield "Well, "
        await more.wait()
        yield "good morning. "
        yield "Come in."

    words: list[WordTime] = []
    async with asyncio.timeout(WAIT_LIMIT), aclosing(HibariSynthesizer()) as synthesizer:
        async for piece in synthesizer.speak(text()):
            if isinstance(piece, WordTime):
                words.append(piece)
                more.set()
    assert [word.text for word in words] == ["Well,", "good", "morning.", "Come", "in."]
    gaps = [following.start - word.end for word, following in pairwise(words)]
    assert gaps[0] == pytest.approx(CLAUSE_PAUSE, abs=0.1)
    assert gaps[2] == pytest.approx(SENTENCE_PAUSE, abs=0.1)


async def test_a_reply_that_is_broken_off_leaves_nothing_to_the_next(engines: Engines) -> None:
    async with aclosing(HibariSynthesizer()) as synthesizer:
        alone, words = await spoken(synthesizer, "Good evening.")
        [process] = engines()
        async with aclosing(synthesizer.speak(chunks(LONG))) as speech:
            await anext(speech)
        samples, again = await spoken(synthesizer, "Good evening.")
        assert [word.text for word in again] == [word.text for word in words]
        assert abs(samples - alone) < 0.05 * RATE
        assert engines() == [process]


async def test_other_languages_are_declined_and_never_silent(caplog: pytest.LogCaptureFixture) -> None:
    async with aclosing(HibariSynthesizer()) as synthesizer:
        with caplog.at_level(logging.WARNING):
            samples, words = await spoken(synthesizer, "Say ", "你好, ", "please.")
        assert [word.text for word in words] == ["Say", "please."]
        assert samples > 0.3 * RATE
        assert "hibari left out 3 characters: it has no sounds for them" in caplog.text
        with pytest.raises(Declined, match="no sounds for the text, and there was nothing else: set the bot"):
            await spoken(synthesizer, "你好。", "再见。")
        assert await spoken(synthesizer, "... ") == (0, [])


async def test_a_bot_of_another_language_is_refused() -> None:
    async with aclosing(HibariSynthesizer(language="de")) as synthesizer:
        with pytest.raises(Refused, match="hibari: it knows English only, not 'de': set the language to en, or"):
            await synthesizer.warm()


def test_it_asks_for_numbers_in_words() -> None:
    assert not HibariSynthesizer().capabilities.reads_numbers
