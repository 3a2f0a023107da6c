"""PocketSphinx itself, in its process, listening to espeak-ng: words, answers to Finalize, and deaths."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.errors import Refused
from pipeline.ports import StreamLost, StreamRestored, Transcriber
from pipeline.providers.local import pocketsphinx
from pipeline.providers.local.espeak import RATE, EspeakSynthesizer
from pipeline.providers.local.pocketsphinx import PocketsphinxTranscriber
from pipeline.providers.local.pocketsphinx_child import spoken_words
from pipeline.resilience.availability import Availability
from pipeline.resilience.stt import ReconnectingTranscriber
from pipeline.speech import Finalize, Speech, Transcript
from pipeline.wav import read_sound
from tests.support.waiting import until

from .conftest import Engines

pytestmark = pytest.mark.usefixtures("demo")

PHRASES = ["What time is it?", "Hello, how are you?", "Can you help me?", "Stop, please."]

RECORDED: dict[str, Pcm] = {}


async def recorded(text: str) -> Pcm:
    """espeak-ng's voice as a transcriber takes it, made once."""
    if text not in RECORDED:
        RECORDED[text] = await spoken_by_espeak(text)
    return RECORDED[text]


async def spoken_by_espeak(text: str) -> Pcm:
    """With a little noise, and 0.3 s before and after."""

    async def once() -> AsyncIterator[str]:
        yield text

    async with aclosing(EspeakSynthesizer()) as synthesizer:
        pieces = [piece.samples async for piece in synthesizer.speak(once()) if isinstance(piece, Speech)]
    voice = np.concatenate(pieces).astype(float)
    size = len(voice) * LISTEN_RATE // RATE
    resampled = np.fft.irfft(np.fft.rfft(voice)[: size // 2 + 1], size) * size / len(voice)
    edge = LISTEN_RATE * 3 // 10
    noise = np.random.default_rng(7).normal(0, 15, size + 2 * edge)
    noise[edge : edge + size] += 0.7 * resampled
    return noise.astype(np.int16)


class Ear:
    """One stream: plays into it without waiting, and holds what was heard."""

    def __init__(self) -> None:
        self.heard: list[Transcript | StreamLost | StreamRestored] = []
        self.error: Exception | None = None
        self.samples = 0
        self._audio: asyncio.Queue[Pcm | Finalize | None] = asyncio.Queue()

    def play(self, pcm: Pcm) -> None:
        for start in range(0, len(pcm), LISTEN_WINDOW):
            self._audio.put_nowait(pcm[start : start + LISTEN_WINDOW])
        self.samples += len(pcm)

    async def finalize(self) -> Transcript:
        """The answer."""
        answers = len(self.answers)
        self._audio.put_nowait(Finalize())
        await until(lambda: len(self.answers) > answers)
        return self.answers[-1]

    def end(self) -> None:
        self._audio.put_nowait(None)

    @property
    def transcripts(self) -> list[Transcript]:
        return [heard for heard in self.heard if isinstance(heard, Transcript)]

    @property
    def answers(self) -> list[Transcript]:
        return [transcript for transcript in self.transcripts if transcript.answers_finalize]

    @property
    def breaks(self) -> list[type]:
        return [type(heard) for heard in self.heard if not isinstance(heard, Transcript)]

    async def listen(self, transcriber: Transcriber) -> None:
        async def source() -> AsyncIterator[Pcm | Finalize]:
            while (item := await self._audio.get()) is not None:
                yield item

        try:
            async with aclosing(transcriber.transcribe(source())) as transcripts:
                async for heard in transcripts:
                    self.heard.append(heard)
        except Exception as error:  # noqa: BLE001 - the tests look at it
            self.error = error


@asynccontextmanager
async def listening(transcriber: PocketsphinxTranscriber | None = None) -> AsyncIterator[Ear]:
    """A stream to a transcriber, by default to a new and warm one; ends with the block, and all is heard after it."""
    ear = Ear()
    async with aclosing(transcriber or PocketsphinxTranscriber()) as provider, asyncio.TaskGroup() as group:
        if transcriber is None:
            await provider.warm()
        group.create_task(ear.listen(ReconnectingTranscriber(provider, Availability("transcriber"))))
        yield ear
        ear.end()


async def test_what_espeak_says_is_recognized_more_or_less() -> None:
    """A third of the words at least, which is much for a robot's voice; in time order and within the audio."""
    right, said = 0, 0
    async with listening() as ear:
        for phrase in PHRASES:
            start = ear.samples / LISTEN_RATE
            ear.play(await recorded(phrase))
            answer = await ear.finalize()
            words = phrase.lower().replace(",", "").strip("?.").split()
            right += len(set(words) & set(answer.text.split()))
            said += len(words)
            times = [time for word in answer.words for time in (word.start, word.end)]
            assert times == sorted(times)
            assert start <= times[0] < times[-1] <= answer.end == pytest.approx(ear.samples / LISTEN_RATE, abs=0.001)
            assert answer.text == " ".join(word.text for word in answer.words)
    assert right / said > 1 / 3
    assert ear.breaks == []


async def test_a_person_is_recognized(recordings: Path) -> None:
    async with listening() as ear:
        sound = read_sound(recordings / "ps_something.wav")
        pcm, rate = sound.pcm, sound.rate
        assert rate == LISTEN_RATE
        ear.play(pcm)
        assert (await ear.finalize()).text == "go somewhere and do something"
    interims = [transcript for transcript in ear.transcripts if not transcript.is_final and transcript.text]
    assert len(interims) >= 5
    assert interims[-1].text.startswith("go somewhere")


async def test_silence_is_answered_with_nothing() -> None:
    async with listening() as ear:
        for _ in range(2):
            ear.play(silence(3 * LISTEN_RATE))
            assert (await ear.finalize()).text == ""
    assert all(not transcript.text for transcript in ear.transcripts)
    assert sum(transcript.is_final for transcript in ear.transcripts) == len(ear.answers) == 2


async def test_an_utterance_ends_by_itself_after_a_second_of_silence() -> None:
    async with listening() as ear:
        ear.play(np.concatenate([await recorded("Hello, how are you?"), silence(2 * LISTEN_RATE)]))
        await until(lambda: any(transcript.is_final for transcript in ear.transcripts))
        [final] = [transcript for transcript in ear.transcripts if transcript.is_final]
        assert final.text
        assert not final.answers_finalize
        assert (await ear.finalize()).text == ""


async def test_a_process_that_dies_is_replaced_and_no_word_is_lost(engines: Engines) -> None:
    """In the middle of a phrase; times go on."""
    phrase = await recorded("Hello, how are you?")
    async with listening() as ear:
        ear.play(phrase)
    unharmed = ear.transcripts[-1]  # the last words come when the audio ends
    assert unharmed.is_final
    assert len(unharmed.words) >= 2
    async with listening() as ear:
        half = len(phrase) // 2 // LISTEN_WINDOW * LISTEN_WINDOW
        ear.play(phrase[:half])
        await until(lambda: bool(ear.transcripts))
        engines()[0].kill()
        ear.play(phrase[half:])
        answer = await ear.finalize()
        ear.play(phrase)
        assert (await ear.finalize()).words[0].start > len(phrase) / LISTEN_RATE
    assert (answer.text, answer.words) == (unharmed.text, unharmed.words)
    assert ear.breaks == [StreamLost, StreamRestored]
    [lost] = [heard for heard in ear.heard if isinstance(heard, StreamLost)]
    assert "process was killed by signal 9" in str(lost.error)


async def test_a_process_that_hangs_is_replaced(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = PocketsphinxTranscriber()
    await transcriber.warm()
    engines()[0].suspend()
    async with listening(transcriber) as ear:
        with monkeypatch.context() as impatient:
            impatient.setattr(pocketsphinx, "ANSWER_TIMEOUT", 0.3)
            ear.play(silence(LISTEN_RATE))
            await until(lambda: StreamLost in ear.breaks)
        assert (await ear.finalize()).text == ""
    assert ear.breaks == [StreamLost, StreamRestored]


async def test_a_warmed_process_serves_the_first_stream(engines: Engines) -> None:
    transcriber = PocketsphinxTranscriber()
    await transcriber.warm()
    await transcriber.warm()
    [warmed] = engines()
    async with listening(transcriber) as ear:
        ear.play(silence(LISTEN_WINDOW))
        await ear.finalize()
        await transcriber.warm()
        assert engines() == [warmed]
    assert engines() == []


async def test_other_languages_are_refused_with_advice() -> None:
    transcriber = PocketsphinxTranscriber(language="de-DE")
    with pytest.raises(Refused, match="knows English only, not 'de-DE': set the language to en, or"):
        await transcriber.warm()
    async with listening(transcriber) as ear:
        ear.play(silence(LISTEN_WINDOW))
    assert isinstance(ear.error, Refused)


async def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocketsphinx, "find_spec", lambda name: None)
    with pytest.raises(Refused, match="package pocketsphinx is missing: install Rawbot with its extra demo"):
        await PocketsphinxTranscriber().warm()


def test_fillers_are_no_words_and_alternates_are() -> None:
    segments = [
        ("<s>", 0, 9),
        ("the(2)", 10, 29),
        ("<sil>", 30, 49),
        ("[NOISE]", 50, 59),
        ("don't", 60, 89),
        ("</s>", 90, 99),
    ]
    assert spoken_words(segments, 2.0) == [("the", 2.1, 2.3), ("don't", 2.6, 2.9)]
