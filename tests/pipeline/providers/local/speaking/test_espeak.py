"""espeak-ng itself, in its process: words and their times, breaking off, and the deaths of either side."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from itertools import pairwise

import numpy as np
import psutil
import pytest

from pipeline.errors import Refused, Unavailable
from pipeline.providers.local.speaking.espeak import ENGINE, RATE, EspeakSynthesizer
from pipeline.providers.local.speaking.espeak_child import Words
from pipeline.providers.local.speaking.pauses import CLAUSE_PAUSE, SENTENCE_PAUSE
from pipeline.speech import Speech, WordTime
from pipeline.text.speakable import SpeakableFilter
from tests.support.text import heard_text
from tests.support.waiting import WAIT_LIMIT, wait_until

from ..conftest import Engines
from .speech import LONG, chunks, drain, split, spoken

pytestmark = pytest.mark.usefixtures("demo")


def same(one: tuple[int, list[WordTime]], other: tuple[int, list[WordTime]]) -> bool:
    """The engine makes a text some samples longer or shorter from time to time."""
    words = [[word.text for word in words] for _, words in (one, other)]
    return words[0] == words[1] and abs(one[0] - other[0]) < 0.02 * RATE


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_words_part_the_text_and_have_their_times_in_the_audio() -> None:
    texts = ("Hello there, ", "it costs $21, or 3.5% of “1,234,567” in New-York. ", "Naïve café — ok 😀? ", "... ")
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        samples, words = await spoken(synthesizer, *texts)
    assert "".join("".join(word.text.split()) for word in words) == "".join("".join(texts[:3]).split())
    assert words[0].start < 0.1
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(word.end - word.start > 0.05 for word in words)
    assert times[-1] <= samples / RATE


def test_it_asks_for_numbers_in_words() -> None:
    assert not EspeakSynthesizer().capabilities.reads_numbers


async def test_what_was_heard_follows_from_the_words() -> None:
    """Numbers too: the alignment that truncation goes by finds them in the text."""
    text = "It costs $21, or 3.5% of 1,234,567 in New-York."
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        _, words = await spoken(synthesizer, text)
    speakable = [SpeakableFilter().feed(text)]
    heard = [heard_text(speakable, words, word.end) for word in words]
    assert heard == sorted(heard, key=len)
    assert {"It", "It costs", "It costs $21", "It costs $21, or 3.5% of", text} <= set(heard)


async def test_word_times_are_those_of_the_sound() -> None:
    """A word ends where the pause before the next one begins, and chunks are parted by the pause of their mark."""
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        texts = ("Stop, please. ", "Stop, ", "please. ", "Now")
        pieces = [piece async for piece in synthesizer.speak(chunks(*texts))]
    _, words = split(pieces)
    pcm = np.concatenate([piece.samples for piece in pieces if isinstance(piece, Speech)]).astype(float)

    def loudness(start: float, end: float) -> float:
        return float(np.sqrt(np.mean(pcm[round(start * RATE) : round(end * RATE)] ** 2)))

    softest = min(loudness(word.start, word.end) for word in words)
    gaps = [(word.end, following.start) for word, following in pairwise(words)]
    for (start, end), pause in zip(gaps, (0.15, SENTENCE_PAUSE, CLAUSE_PAUSE, SENTENCE_PAUSE), strict=True):
        assert end - start == pytest.approx(pause, abs=0.06)
        assert loudness(start + 0.03, end - 0.01) < 0.1 * softest


async def test_chunks_are_spoken_as_they_come() -> None:
    """The first chunk is out before there is a second one."""
    more = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        yield "Well, "
        await more.wait()
        yield "good morning."

    words = []
    async with asyncio.timeout(WAIT_LIMIT), aclosing(EspeakSynthesizer()) as synthesizer:
        async for piece in synthesizer.speak(text()):
            if isinstance(piece, WordTime):
                words.append(piece.text)
                more.set()
    assert words == ["Well,", "good", "morning."]


async def test_a_reply_that_is_broken_off_leaves_nothing_to_the_next(engines: Engines) -> None:
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        alone = await spoken(synthesizer, "Good evening.")
        [process] = engines()
        for _ in range(5):
            async with aclosing(synthesizer.speak(chunks(LONG, LONG))) as speech:
                await anext(speech)
            assert same(await spoken(synthesizer, "Good evening."), alone)
        assert engines() == [process]


async def test_a_break_off_reaches_the_engine(engines: Engines) -> None:
    """What is left of a long text is not made; told by the engine's CPU time."""
    took = []
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        await synthesizer.warm()
        for cancel in (True, False):
            before = engines()[0].cpu_times().user
            async with aclosing(synthesizer.speak(chunks(LONG * 8))) as speech:
                async for _ in speech:
                    if cancel:
                        break
            await spoken(synthesizer, "Yes.")
            took.append(engines()[0].cpu_times().user - before)
    assert took[0] < took[1] / 3


async def test_two_replies_at_once_do_not_mix() -> None:
    texts = ("One, ", "two, ", "three."), ("Red, ", "green, ", "blue.")
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        alone = [await spoken(synthesizer, *text) for text in texts]
        async with aclosing(synthesizer.speak(chunks(LONG))) as held:
            await anext(held)  # and is not listened to any more
            async with asyncio.timeout(WAIT_LIMIT), asyncio.TaskGroup() as group:
                both = [group.create_task(spoken(synthesizer, *text)) for text in texts]
    assert all(same(task.result(), other) for task, other in zip(both, alone, strict=True))


async def test_warming_starts_one_process(engines: Engines) -> None:
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        await synthesizer.warm()
        [process] = engines()
        await synthesizer.warm()
        await spoken(synthesizer, "Yes.")
        assert engines() == [process]
    assert engines() == []
    with pytest.raises(Unavailable, match="was closed"):
        await synthesizer.warm()


async def test_a_process_that_died_is_started_anew_with_the_next_text(engines: Engines) -> None:
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        alone = await spoken(synthesizer, "Good evening.")
        [process] = engines()
        process.kill()
        with suppress(Unavailable):  # unless its death was noticed before
            await spoken(synthesizer, "Good evening.")
        assert same(await spoken(synthesizer, "Good evening."), alone)


async def test_a_death_in_mid_sentence_is_told_and_not_repeated(engines: Engines) -> None:
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        speech = synthesizer.speak(chunks(LONG * 8))
        await anext(speech)
        engines()[0].kill()
        with pytest.raises(Unavailable, match="was killed by signal 9"):
            await drain(speech)


async def test_a_process_that_hangs_is_replaced(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        alone = await spoken(synthesizer, "Good evening.")
        engines()[0].suspend()
        with monkeypatch.context() as impatient:
            impatient.setattr(synthesizer, "_engine", replace(ENGINE, answer_timeout=0.3))
            with pytest.raises(Unavailable, match="does not answer"):
                await spoken(synthesizer, "Good evening.")
        assert same(await spoken(synthesizer, "Good evening."), alone)


async def test_unknown_voices_and_languages_are_refused() -> None:
    for synthesizer, told in (
        (EspeakSynthesizer(voice="sonic"), "no voice 'sonic': name one such as"),
        (EspeakSynthesizer(language="tlh"), "speaks no 'tlh': choose another"),
    ):
        async with aclosing(synthesizer):
            with pytest.raises(Refused, match=told):
                await synthesizer.warm()
            with pytest.raises(Refused, match=told):
                await spoken(synthesizer, "Yes.")


async def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.providers.local.packages.find_spec", lambda name: None)
    with pytest.raises(Refused, match="package espeakng_loader is missing: install Rawbot with its extra demo"):
        await EspeakSynthesizer().warm()


@pytest.mark.parametrize("language", ["en-GB", "pt-BR", "zh-Hans-CN", "no"])
async def test_language_tags_have_voices(language: str) -> None:
    async with aclosing(EspeakSynthesizer(language=language)) as synthesizer:
        samples, _ = await spoken(synthesizer, "Radio.")
    assert samples > 0.2 * RATE


async def test_an_error_of_the_text_comes_after_what_was_spoken() -> None:
    async def text() -> AsyncIterator[str]:
        yield "Well,"
        raise RuntimeError("no more")

    pieces: list[Speech | WordTime] = []
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        with pytest.raises(RuntimeError, match="no more"):
            await drain(synthesizer.speak(text()), pieces)
    assert [word.text for word in split(pieces)[1]] == ["Well,"]


@pytest.mark.platform("linux", "darwin", reason="SIGKILL")
def test_engines_die_with_their_parent() -> None:
    program = """
import asyncio, psutil, time
from pipeline.providers.local.speaking.espeak import EspeakSynthesizer
from pipeline.providers.local.hearing.engines import PocketsphinxTranscriber

async def main():
    synthesizer, transcriber = EspeakSynthesizer(), PocketsphinxTranscriber()
    await synthesizer.warm()
    await transcriber.warm()
    print(*(child.pid for child in psutil.Process().children()), flush=True)
    time.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        engines = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(engines) == 2
        os.kill(parent.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(engine) for engine in engines))


def test_words_from_events() -> None:
    """ "It's 21, ok": the number is spoken in two words, and a pause comes before the last one."""
    words = Words("It's 21, ok")
    assert words.begin(0, 0) is None
    words.sound(10, False)
    assert words.begin(5, 300) == ("It's", 0, 300)
    assert words.begin(5, 400) is None  # more of it
    assert words.begin(6, 500) == ("2", 300, 500)
    words.sound(800, True)
    words.sound(850, True)
    assert words.begin(9, 900) == ("1,", 500, 800)
    words.sound(900, False)
    assert words.finish(1200) == ("ok", 900, 1200)
