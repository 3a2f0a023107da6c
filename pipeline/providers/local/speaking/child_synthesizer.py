"""What the voices have in common whose engine runs in a child process: the orders to it, and what comes of them."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from pipeline.audio import pcm_from_bytes, silence
from pipeline.bridge import Outlet, bridge
from pipeline.errors import Declined
from pipeline.ports import SynthesizerCapabilities
from pipeline.providers.local.packages import require
from pipeline.providers.local.process.child import START_TIMEOUT, Child
from pipeline.providers.local.process.child_on_demand import ChildOnDemand
from pipeline.providers.local.process.frames import NUMBER, Kind
from pipeline.providers.local.speaking.pauses import pause_after
from pipeline.speech import Speech, WordTime

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEngine:
    """A voice's engine, and the process that it runs in."""

    name: str
    """As errors call it."""
    module: str
    """Of the process; it runs `speech_child.serve`."""
    package: str
    """That it does not work without, by the name it is imported by."""
    rate: int
    """Hz that its audio is played at."""
    answer_timeout: float
    """Seconds without any answer to a text after which the process counts as hung."""


class ChildSynthesizer:
    """A `pipeline.ports.Synthesizer` by an engine in a child process, which is started with `arguments`."""

    start_timeout = START_TIMEOUT

    def __init__(self, engine: SpeechEngine, *arguments: str) -> None:
        self._engine = engine
        self._arguments = arguments
        self._process = ChildOnDemand(engine.name, self._start)
        self._number = 0

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """It reports the times of words, and is given words in place of numbers: it reads those badly, or not at all.

        What is read here is also known to the word, as each written number keeps its place.
        """
        return SynthesizerCapabilities(word_times=True, reads_numbers=False)

    @property
    def rate(self) -> int:
        """Hz of the audio it makes."""
        return self._engine.rate

    async def warm(self) -> None:
        """Have the process run; does nothing when it does. Raises ProviderError."""
        async with self._process.turn:
            await self._process.running()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak chunks as they come, in order. Closing the iterator breaks off what is spoken and keeps the process.

        Several may run at once, as the process turns from one to the other between chunks. When the text fails, what
        came of it is spoken, then its error is raised. Words that the engine has no sounds for are left out, and
        logged; a text that has no others is Declined.
        """
        work = partial(self._run, text)
        async with aclosing(bridge(work)) as pieces:  # not bounded: it holds the speech of the text that was given
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """End the process; what is being spoken breaks off."""
        await self._process.close()

    async def _run(self, text: AsyncIterator[str], outlet: Outlet[Speech | WordTime]) -> None:
        utterance = _Utterance(self.rate, outlet)
        skipped = ""
        async for chunk in text:
            utterance.pause()
            async with self._process.turn:  # whoever holds it waits for the engine only, never for a listener
                unspoken = await self._say(chunk, utterance)
            if unspoken:
                _log.warning("%s left out %d characters: it has no sounds for them", self._engine.name, len(unspoken))
                _log.debug("%s left out %r", self._engine.name, unspoken)
                skipped = skipped or unspoken
            utterance.end_chunk(chunk)
        if skipped and not utterance.has_begun:
            advice = "set the bot's language to that of its answers, or choose another voice"
            raise Declined(self._engine.name, f"it has no sounds for the text, and there was nothing else: {advice}")

    async def _say(self, chunk: str, utterance: "_Utterance") -> str:
        child = await self._process.running()
        self._number += 1
        number = NUMBER.pack(self._number)
        child.order(Kind.SAY, number + chunk.encode(errors="replace"))
        try:
            return await self._take(child, number, utterance)
        except asyncio.CancelledError:
            child.order(Kind.CANCEL, number)
            raise

    async def _take(self, child: Child, number: bytes, utterance: "_Utterance") -> str:
        while True:
            kind, payload = await child.receive(self._engine.answer_timeout)
            if not payload.startswith(number):
                continue  # of a text that was cancelled
            match kind:
                case Kind.SPEECH:
                    utterance.add_speech(payload[NUMBER.size :])
                case Kind.WORD:
                    utterance.add_word(*json.loads(payload[NUMBER.size :]))
                case _:
                    return payload[NUMBER.size :].decode()

    async def _start(self) -> Child:
        engine = self._engine
        require(engine.name, engine.package)
        return await Child.start(engine.name, engine.module, *self._arguments)


class _Utterance:
    """What was made of one text; times count from its first sample."""

    def __init__(self, rate: int, outlet: Outlet[Speech | WordTime]) -> None:
        self._rate = rate
        self._outlet = outlet
        self._samples = 0
        self._chunk_start = 0  # samples
        self._pause = 0.0  # seconds before the next chunk

    @property
    def has_begun(self) -> bool:
        return self._samples > 0

    def pause(self) -> None:
        """A chunk begins, after the pause of the one before."""
        if samples := round(self._pause * self._rate):
            self._add(Speech(silence(samples)))
        self._pause = 0.0
        self._chunk_start = self._samples

    def add_speech(self, data: bytes) -> None:
        self._add(Speech(pcm_from_bytes(data)))

    def add_word(self, text: str, first: int, behind: int) -> None:
        start, end = ((self._chunk_start + sample) / self._rate for sample in (first, behind))
        self._outlet.put_nowait(WordTime(text, start, end))

    def end_chunk(self, chunk: str) -> None:
        if self._samples > self._chunk_start:
            self._pause = pause_after(chunk)

    def _add(self, speech: Speech) -> None:
        self._samples += speech.samples.size
        self._outlet.put_nowait(speech)
