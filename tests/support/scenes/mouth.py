"""A voice whose words can be read back exactly from what a room played, held, ducked or cut."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np

from pipeline.audio import FRAME_DURATION, Pcm, silence
from pipeline.errors import ProviderError, Unavailable
from pipeline.ports import Speech, SynthesizerCapabilities, WordTime
from pipeline.stages.playout import DUCK_GAIN

_FIRST, _STEP, _CODES = 12_000, 4, 5_000
"""Each spoken word is all one value. Ducked ones are below all others, and still differ from each other."""

_PAUSE = 0.03
"""Seconds of silence behind each word, so that no fade runs from one word into the next."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word that was audible without a break: from when on, how much of it, and whether ducked at its end."""

    text: str
    number: int
    """Of the word among all that were synthesised; a word that was held and resumed comes twice with one number."""
    at: float
    share: float
    is_ducked: bool


class ScriptedSynthesizer:
    """`first_audio` seconds to a chunk's first word, then `speed` times real time; 60 ms a letter."""

    rate = 16_000

    def __init__(self) -> None:
        self.capabilities = SynthesizerCapabilities(word_times=True)
        self.first_audio = 0.12
        self.speed = 5.0
        self.words: list[str] = []
        """All that were synthesised, in order."""
        self.chunks: list[tuple[float, str]] = []
        """What it was given, and when."""
        self.open = 0
        self.warm_error: ProviderError | None = None
        self._fails: Counter[str] = Counter()
        self._error: Exception = Unavailable("tts", "out of order")

    def fails_at(self, word: str, times: int = 1, error: Exception | None = None) -> None:
        """Break off before this word, so many times."""
        self._fails[word] = times
        self._error = error or self._error

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
                self.chunks.append((asyncio.get_running_loop().time(), chunk))
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

    def _spoken(self, word: str) -> Pcm:
        value = _FIRST + _STEP * (len(self.words) % _CODES)
        self.words.append(word)
        spoken = np.full(round(duration_of(word) * self.rate), value, np.int16)
        return np.concatenate([spoken, silence(round(_PAUSE * self.rate))])


def duration_of(word: str) -> float:
    """Seconds of a word, without the pause behind it; a multiple of 10 ms."""
    return round(min(max(0.06 * len(word), 0.15), 0.5), 2)


class WordReader:
    """Reads what a room has played back into the words of a voice, as far as it has played by now."""

    def __init__(self, mouth: ScriptedSynthesizer) -> None:
        self._mouth = mouth
        self._ticks = 0  # read so far
        self._words: list[HeardWord] = []
        # The sound under way: its word, when it began, its samples, and whether it is ducked.
        self._number: int | None = None
        self._since = 0.0
        self._samples = 0
        self._is_ducked = False

    def read(self, played: Sequence[Pcm]) -> list[HeardWord]:
        """All words in the frames played from the loop's time 0 on; the last one may be still sounding."""
        for frame in played[self._ticks :]:
            self._take(frame)
            self._ticks += 1
        return [*self._words, *([self._word(self._number)] if self._number is not None else [])]

    def _take(self, frame: Pcm) -> None:
        if not self._samples and not frame.any():
            return
        for start, end, value in _runs(frame):
            if value == 0:
                if self._number is not None:
                    self._words.append(self._word(self._number))
                self._number, self._samples = None, 0
                continue
            if self._samples == 0:
                self._since = self._ticks * FRAME_DURATION + start / self._mouth.rate
            self._samples += end - start
            if end - start > 1:  # not within a fade
                self._number, self._is_ducked = self._number_of(value)

    def _word(self, number: int) -> HeardWord:
        text = self._mouth.words[number]
        share = self._samples / (duration_of(text) * self._mouth.rate)
        return HeardWord(text, number, round(self._since, 4), share, self._is_ducked)

    def _number_of(self, value: int) -> tuple[int, bool]:
        """Values come again after _CODES words: then the latest word with this value is meant."""
        is_ducked = value < _FIRST
        # What follows the point of a ducked value was cut off.
        code = value / DUCK_GAIN if is_ducked else value
        place = ceil((code - _FIRST) / _STEP - 1e-6)
        return place + (len(self._mouth.words) - 1 - place) // _CODES * _CODES, is_ducked


def _runs(frame: Pcm) -> Iterator[tuple[int, int, int]]:
    """Stretches of one value: start, end, value."""
    if not frame.any():
        yield 0, len(frame), 0
        return
    edges = [0, *(np.flatnonzero(np.diff(frame)) + 1).tolist(), len(frame)]
    for start, end in pairwise(edges):
        yield start, end, int(frame[start])
