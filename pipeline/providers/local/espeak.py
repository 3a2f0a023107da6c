"""Speech from espeak-ng, which runs in a child process: robotic, in a hundred languages, at once and without a key."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from importlib.util import find_spec

from pipeline.audio import pcm_from_bytes, silence
from pipeline.bridge import Outlet, bridge
from pipeline.errors import Refused, Unavailable
from pipeline.ports import SynthesizerCapabilities
from pipeline.providers.local.child import Child
from pipeline.providers.local.frames import NUMBER, Kind
from pipeline.speech import Speech, WordTime
from pipeline.text.marks import CLOSERS, STOPS

PROVIDER = "espeak-ng"

LICENSE = "The voice is espeak-ng (GPL-3.0-or-later, github.com/espeak-ng/espeak-ng), run in a process of its own."
"""For a command to show: espeak-ng is no part of Rawbot, and comes with the package espeakng-loader."""

RATE = 22_000
"""Hz that its audio is played at. Its voices are made at 22,050 Hz, which does not divide into frames of 10 ms; played
as they are they become 0.2 % slower and 4 cents lower, which nobody hears, and need no resampling."""

WORDS_PER_MINUTE = 170
"""A calm pace; espeak-ng's own is 175."""

ANSWER_TIMEOUT = 5.0
"""Seconds for the next 60 ms of speech, which take less than a millisecond: the process hangs."""

SENTENCE_PAUSE, CLAUSE_PAUSE = 0.3, 0.15
"""Seconds between chunks, by the mark that the first one ends with: espeak-ng's own pauses inside a text."""

_SENTENCE_END = re.compile(rf"[{re.escape(STOPS)}][{CLOSERS}]*\s*\Z")
_CLAUSE_END = re.compile(rf"[,;:–—،、，；：][{CLOSERS}]*\s*\Z")


class EspeakSynthesizer:
    """A `pipeline.ports.Synthesizer`; `voice` is a name of espeak-ng's such as en-us+f3, else `language` decides."""

    def __init__(
        self, *, voice: str | None = None, language: str = "en", words_per_minute: int = WORDS_PER_MINUTE
    ) -> None:
        self._arguments = (voice or "", language, str(words_per_minute))
        self._child: Child | None = None
        self._turn = asyncio.Lock()  # the engine speaks one text at a time
        self._number = 0
        self._closed = False

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """It reports the times of words, and reads numbers badly: "$21.50" as "dollar twenty-one point five zero"."""
        return SynthesizerCapabilities(word_times=True, reads_numbers=False)

    @property
    def rate(self) -> int:
        """Hz of the audio it makes."""
        return RATE

    async def warm(self) -> None:
        """Have the process run; does nothing when it does. Raises ProviderError."""
        async with self._turn:
            await self._running()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak chunks as they come, in order. Closing the iterator breaks off what is spoken and keeps the process.

        Several may run at once, as the process turns from one to the other between chunks. When the text fails, what
        came of it is spoken, then its error is raised.
        """
        work = partial(self._run, text)
        async with aclosing(bridge(work)) as pieces:  # not bounded: it holds the speech of the text that was given
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """End the process; what is being spoken breaks off."""
        self._closed = True
        if self._child is not None:
            await self._child.close()
        async with self._turn:
            if self._child is not None:  # it was being started
                await self._child.close()

    async def _run(self, text: AsyncIterator[str], outlet: Outlet[Speech | WordTime]) -> None:
        utterance = _Utterance(outlet)
        async for chunk in text:
            utterance.pause()
            async with self._turn:  # whoever holds it waits for the engine only, never for a listener
                await self._say(chunk, utterance)
            utterance.end_chunk(chunk)

    async def _say(self, chunk: str, utterance: "_Utterance") -> None:
        child = await self._running()
        self._number += 1
        number = NUMBER.pack(self._number)
        child.order(Kind.SAY, number + chunk.encode(errors="replace"))
        try:
            await self._take(child, number, utterance)
        except asyncio.CancelledError:
            child.order(Kind.CANCEL, number)
            raise

    async def _take(self, child: Child, number: bytes, utterance: "_Utterance") -> None:
        while True:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    kind, payload = await child.receive()
            except TimeoutError as error:
                await child.close()
                raise Unavailable(PROVIDER, "its process does not answer; it is started anew when needed") from error
            if not payload.startswith(number):
                continue  # of a text that was cancelled
            match kind:
                case Kind.SPEECH:
                    utterance.add_speech(payload[NUMBER.size :])
                case Kind.WORD:
                    utterance.add_word(*json.loads(payload[NUMBER.size :]))
                case _:
                    return

    async def _running(self) -> Child:
        if self._closed:
            raise Unavailable(PROVIDER, "it was closed: make a new synthesizer")
        if self._child is not None and not self._child.is_alive:
            await self._child.close()
            self._child = None
        if self._child is None:
            if find_spec("espeakng_loader") is None:
                raise Refused(PROVIDER, "the package espeakng-loader is missing: install Rawbot with its extra demo")
            module = "pipeline.providers.local.espeak_child"
            self._child = await Child.start(PROVIDER, module, *self._arguments)
        return self._child


class _Utterance:
    """What was made of one text; times count from its first sample."""

    def __init__(self, outlet: Outlet[Speech | WordTime]) -> None:
        self._outlet = outlet
        self._samples = 0
        self._chunk_start = 0  # samples
        self._pause = 0.0  # seconds before the next chunk

    def pause(self) -> None:
        """A chunk begins, after the pause of the one before."""
        if samples := round(self._pause * RATE):
            self._add(Speech(silence(samples)))
        self._chunk_start = self._samples

    def add_speech(self, data: bytes) -> None:
        self._add(Speech(pcm_from_bytes(data)))

    def add_word(self, text: str, first: int, behind: int) -> None:
        start, end = ((self._chunk_start + sample) / RATE for sample in (first, behind))
        self._outlet.put_nowait(WordTime(text, start, end))

    def end_chunk(self, chunk: str) -> None:
        if _SENTENCE_END.search(chunk):
            self._pause = SENTENCE_PAUSE
        else:
            self._pause = CLAUSE_PAUSE if _CLAUSE_END.search(chunk) else 0.0

    def _add(self, speech: Speech) -> None:
        self._samples += speech.samples.size
        self._outlet.put_nowait(speech)
