"""One stream of a local transcriber, and what it hears there: espeak-ng's voice, which is always at hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import numpy as np

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, resample
from pipeline.errors import Refused
from pipeline.ports import StreamLost, StreamRestored, Synthesizer, Transcriber
from pipeline.providers.local.hearing.transcriber import ChildTranscriber
from pipeline.providers.local.speaking.espeak import EspeakSynthesizer
from pipeline.resilience.availability import Availability
from pipeline.resilience.stt import ReconnectingTranscriber
from pipeline.speech import Finalize, Transcript
from tests.support.speaking import samples_of
from tests.support.waiting import until

RECORDED: dict[str, Pcm] = {}


async def recorded(text: str) -> Pcm:
    """espeak-ng's voice as a transcriber takes it, made once."""
    if text not in RECORDED:
        RECORDED[text] = await spoken_by_espeak(text)
    return RECORDED[text]


async def spoken_by_espeak(text: str) -> Pcm:
    """With a little noise, and 0.3 s before and after."""
    async with aclosing(EspeakSynthesizer()) as synthesizer:
        voice = await spoken_by(synthesizer, text)
    edge = LISTEN_RATE * 3 // 10
    noise = np.random.default_rng(7).normal(0, 15, len(voice) + 2 * edge)
    noise[edge : edge + len(voice)] += 0.7 * voice
    return noise.astype(np.int16)


async def spoken_by(synthesizer: Synthesizer, text: str) -> Pcm:
    """A text at LISTEN_RATE."""
    return resample(await samples_of(synthesizer, text), synthesizer.rate, LISTEN_RATE)


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
async def listening(transcriber: ChildTranscriber) -> AsyncIterator[Ear]:
    """A stream to a transcriber, warm; ends with the block, and all is heard after it."""
    ear = Ear()
    async with aclosing(transcriber) as provider, asyncio.TaskGroup() as group:
        with suppress(Refused):  # which the stream is then, too
            await provider.warm()
        group.create_task(ear.listen(ReconnectingTranscriber(provider, Availability("transcriber"))))
        yield ear
        ear.end()
