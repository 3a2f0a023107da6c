"""A person at a microphone: what they say is in the samples, so that only what really arrives can be understood."""

import asyncio
from bisect import insort
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.ports import MicAudio, MicBreak

WORD = 0.22
"""Seconds of every word..."""
GAP = 0.03
"""...and between two."""
WINDOW = LISTEN_WINDOW / LISTEN_RATE

NOISE = -1
"""The value of samples that are a voice without words: a cough, a hum."""

UNDERSTOOD = 0.5
"""The part of a word that must arrive for it to be understood."""

_SILENCE = silence(LISTEN_WINDOW)


@dataclass(frozen=True, slots=True, order=True)
class Sound:
    """Something audible between two times; `code` is the value of its samples: the number of its word, or NOISE."""

    began_at: float
    ended_at: float
    code: int


class Person:
    """Implements AudioIn. All times are loop seconds; without `at` things begin now."""

    def __init__(self) -> None:
        self.words: list[str] = []
        """All that were or will be said; a word's code is its place here, from 1."""
        self.delivered: Counter[int] = Counter()
        """Samples of each code that the bot was given."""
        self._sounds: list[Sound] = []  # not yet over
        self._absences: list[tuple[float, float]] = []
        self._stalls: list[tuple[float, float]] = []

    def says(self, text: str, at: float | None = None) -> float:
        """Speak; returns when the last word will have ended."""
        start = end = _now() if at is None else at
        for word in text.split():
            self.words.append(word)
            end = start + WORD
            insort(self._sounds, Sound(start, end, len(self.words)))
            start = end + GAP
        return end

    def coughs(self, at: float | None = None, for_: float = 0.4) -> float:
        """Make a noise that a detector takes for speech; returns when it will have ended."""
        start = _now() if at is None else at
        insort(self._sounds, Sound(start, start + for_, NOISE))
        return start + for_

    def mutes(self, at: float, for_: float) -> None:
        """No audio comes, and it is known that none does."""
        insort(self._absences, (at, at + for_))

    def stalls(self, at: float, for_: float) -> None:
        """No audio comes, and then all of it at once."""
        insort(self._stalls, (at, at + for_))

    @property
    def understandable(self) -> list[str]:
        """The words of which enough has reached the bot, in their order."""
        enough = UNDERSTOOD * WORD * LISTEN_RATE
        return [word for code, word in enumerate(self.words, 1) if self.delivered[code] >= enough]

    @property
    def is_speaking(self) -> bool:
        """Whether they have not said all that they are to say."""
        return any(sound.ended_at > _now() for sound in self._sounds)

    async def listen(self) -> AsyncIterator[MicAudio | MicBreak]:
        start, is_absent = _now(), True
        while True:
            back_at = max((end for begin, end in self._absences if begin <= start < end), default=start)
            if back_at > start:
                if not is_absent:
                    yield MicBreak(_now())
                is_absent = True
                await _until(back_at)
                start = back_at
                continue
            end = start + WINDOW
            await _until(max([end, *(over for begin, over in self._stalls if begin <= end < over)]))
            if any(begin <= start + WINDOW / 2 < over for begin, over in self._absences):
                start += WINDOW / 2
                continue
            is_absent = False
            yield MicAudio(self._window(start), _now())
            start = end

    def _window(self, start: float) -> Pcm:
        while self._sounds and self._sounds[0].ended_at <= start:
            del self._sounds[0]
        if not self._sounds or self._sounds[0].began_at >= start + WINDOW:
            return _SILENCE
        samples = silence(LISTEN_WINDOW)
        for sound in self._sounds:
            if sound.began_at >= start + WINDOW:
                break
            first, last = (round((at - start) * LISTEN_RATE) for at in (sound.began_at, sound.ended_at))
            heard = samples[max(first, 0) : max(last, 0)]
            heard[:] = sound.code
            self.delivered[sound.code] += len(heard)
        return samples


class MarkedVad:
    """A detector that is right about every window: sound in at least half of it is speech."""

    bug: Exception | None = None

    def probability(self, window: Pcm) -> float:
        if self.bug is not None:
            raise self.bug
        return 0.95 if np.count_nonzero(window) * 2 >= len(window) else 0.02

    def reset(self) -> None: ...


async def _until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - _now()))


def _now() -> float:
    return asyncio.get_running_loop().time()
