"""What voices in processes have in common, tried with an engine that does as it is told."""

import asyncio
from contextlib import aclosing, suppress
from itertools import accumulate
from pathlib import Path

import pytest

from pipeline.errors import Declined, Unavailable
from pipeline.providers.local.speaking.child_synthesizer import ChildSynthesizer, SpeechEngine
from pipeline.providers.local.speaking.pauses import CLAUSE_PAUSE, SENTENCE_PAUSE
from pipeline.speech import WordTime
from tests.support.waiting import WAIT_LIMIT

from .speech import chunks, spoken

RATE = 1000
"""Hz; a text lasts as many milliseconds as it has characters."""

PROGRAM = """
import os
import threading
from pipeline.providers.local.process.frames import Parent
from pipeline.providers.local.speaking.speech_child import serve

def say(request):
    if "?" in request.text:
        return request.text.strip()
    request.send_speech(bytes(2 * len(request.text)))
    request.send_word(request.text, 0, len(request.text))
    if "until cancelled" in request.text:
        cancelled = threading.Event()
        request.on_cancel(cancelled.set)
        cancelled.wait()
    if "and die" in request.text:
        os._exit(3)
    return ""

serve(Parent(), say)
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpeechEngine:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "toy_engine.py").write_text(PROGRAM)
    return SpeechEngine(name="Toy", module="toy_engine", package="json", rate=RATE, answer_timeout=WAIT_LIMIT)


async def test_chunks_are_parted_by_the_pause_of_their_mark(engine: SpeechEngine) -> None:
    async with aclosing(ChildSynthesizer(engine)) as synthesizer:
        samples, words = await spoken(synthesizer, "Well,", "what?", "yes!", "and no", "more")
    texts, pauses = ("Well,", "yes!", "and no", "more"), (CLAUSE_PAUSE, SENTENCE_PAUSE, 0, 0)
    starts = [0, *accumulate(len(text) / RATE + pause for text, pause in zip(texts, pauses, strict=True))]
    assert tuple(word.text for word in words) == texts
    assert [*(word.start for word in words), samples / RATE] == pytest.approx(starts)


async def test_a_break_off_reaches_the_engine(engine: SpeechEngine) -> None:
    """It speaks a text without end until it is told to stop, and nothing of that comes with the next one."""
    async with asyncio.timeout(WAIT_LIMIT), aclosing(ChildSynthesizer(engine)) as synthesizer:
        async with aclosing(synthesizer.speak(chunks("Until: until cancelled.", "Never."))) as speech:
            await anext(speech)
        assert await spoken(synthesizer, "Yes.") == (4, [WordTime("Yes.", 0.0, 0.004)])


async def test_a_text_without_any_sound_is_declined(engine: SpeechEngine) -> None:
    async with aclosing(ChildSynthesizer(engine)) as synthesizer:
        with pytest.raises(Declined, match="Toy: it has no sounds for the text, and there was nothing else"):
            await spoken(synthesizer, "One?", "Two?")


async def test_a_process_that_dies_is_started_anew(engine: SpeechEngine) -> None:
    async with aclosing(ChildSynthesizer(engine)) as synthesizer:
        with pytest.raises(Unavailable, match="Toy: its process ended with status 3"):
            await spoken(synthesizer, "Speak and die.")
        with suppress(Unavailable):  # unless its death was noticed before
            await spoken(synthesizer, "Yes.")
        assert await spoken(synthesizer, "Yes.") == (4, [WordTime("Yes.", 0.0, 0.004)])
