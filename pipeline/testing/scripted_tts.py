"""A voice of words that can be read back exactly from what a room played, held, ducked or cut."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from math import ceil

import numpy as np

from pipeline.audio import Pcm, silence
from pipeline.errors import ProviderError, Unavailable
from pipeline.ports import SynthesizerCapabilities
from pipeline.speech import Speech, WordTime
from pipeline.stages.kept_speech import KeptSpeech
from pipeline.stages.playout import DUCK_GAIN
from pipeline.testing.clock import Clock, seconds

_FIRST, _STEP, _CODES = 12_000, 4, 5_000
"""Each spoken word is all one value. Ducked ones are below all others, and still differ from each other."""

_PAUSE = 0.03
"""Seconds of silence behind each word, so that no fade runs from one word into the next."""


class ScriptedSynthesizer:
    """`first_audio` seconds to a chunk's first word, then `speed` times real time; 60 ms a letter."""

    rate = 16_000

    def __init__(self, clock: Clock) -> None:
        self.capabilities = SynthesizerCapabilities(word_times=True)
        self.first_audio = 0.12
        self.start_timeout = 0.0
        self.speed = 5.0
        self.words: list[str] = []
        """All that were synthesized, in order."""
        self.chunks: list[tuple[float, str]] = []
        """The chunks it was given, and when."""
        self.open = 0
        self.warm_error: ProviderError | None = None
        self._clock = clock
        self._fails: Counter[str] = Counter()
        self._outages: list[tuple[float, float, float, ProviderError | Exception]] = []
        self._error: Exception = Unavailable("tts", "out of order")

    def fails_at(self, word: str, times: int = 1, error: Exception | None = None) -> None:
        """Break off before this word, so many times."""
        self._fails[word] = times
        self._error = error or self._error

    def goes_away(
        self, at: float, for_: float | None = None, *, after: float = 0.0, error: ProviderError | None = None
    ) -> None:
        """From this time on, for so long or for good, fail each attempt `after` seconds."""
        at = self._clock.moment(at, "goes_away")
        until = float("inf") if for_ is None else at + seconds(for_, "goes_away for_")
        self._outages.append((at, until, seconds(after, "goes_away after"), error or self._error))

    def without_word_times(self) -> None:
        self.capabilities = SynthesizerCapabilities(word_times=False)

    async def warm(self) -> None:
        if self.warm_error is not None:
            raise self.warm_error

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        self.open += 1
        made = 0.0
        try:
            async for chunk in text:
                self.chunks.append((self._clock.now, chunk))
                for begins, ends, after, error in self._outages:
                    if begins <= self._clock.now < ends:
                        await asyncio.sleep(after)
                        raise error
                await asyncio.sleep(self.first_audio)
                for word in chunk.split():
                    if self._fails[word] > 0:
                        self._fails[word] -= 1
                        raise self._error
                    duration = duration_of(word)
                    await asyncio.sleep(duration / self.speed)
                    if self.capabilities.word_times:
                        yield WordTime(word, made, made + duration)
                    yield Speech(self._spoken(word))
                    made += duration + _PAUSE
        finally:
            self.open -= 1

    def spare(self, text: str, language: str, rate: int) -> KeptSpeech:
        """Stand for the recording that comes with the package, so that it can be read back from the room, too."""
        parts, words, made = list[Pcm](), list[WordTime](), 0.0
        for word in text.split():
            parts.append(self._spoken(word))
            words.append(WordTime(word, made, made + duration_of(word)))
            made += duration_of(word) + _PAUSE
        return KeptSpeech(text, np.concatenate(parts), tuple(words), self.rate)

    def _spoken(self, word: str) -> Pcm:
        value = _FIRST + _STEP * (len(self.words) % _CODES)
        self.words.append(word)
        spoken = np.full(round(duration_of(word) * self.rate), value, np.int16)
        return np.concatenate([spoken, silence(round(_PAUSE * self.rate))])

    def number_of(self, value: int) -> tuple[int, bool]:
        """Which of `words` sounds like this, and whether it is ducked.

        Values come again after _CODES words: then the latest word with this value is meant.
        """
        is_ducked = value < _FIRST
        # What follows the point of a ducked value was cut off.
        code = value / DUCK_GAIN if is_ducked else value
        place = ceil((code - _FIRST) / _STEP - 1e-6)
        return place + (len(self.words) - 1 - place) // _CODES * _CODES, is_ducked


def duration_of(word: str) -> float:
    """Seconds of a word, without the pause behind it; a multiple of 10 ms."""
    return round(min(max(0.06 * len(word), 0.15), 0.5), 2)
