"""The last of what was heard, window by window, with how surely each is speech."""

from collections.abc import Iterable

import numpy as np

from pipeline.providers.local.hearing.moonshine_model import Float
from pipeline.providers.local.hearing.moonshine_utterance import Span
from vad.protocol import WINDOW, Pcm

FULL_SCALE = np.float32(1 / 32768)
"""int16 to the model's -1..1."""


class RecentSound:
    """Windows of WINDOW samples, counted from the first one of the stream."""

    def __init__(self) -> None:
        self._windows: list[Float] = []
        self._probabilities: list[float] = []
        self._first = 0
        """The window that comes first of those that are kept."""

    def add(self, window: Pcm, probability: float) -> None:
        """Take the next window, shape (WINDOW,)."""
        self._windows.append(window.astype(np.float32) * FULL_SCALE)
        self._probabilities.append(probability)

    @property
    def first(self) -> int:
        """The first sample that is kept."""
        return self._first * WINDOW

    def keep_from(self, sample: int) -> None:
        """Forget the windows before the one with this sample."""
        surplus = max(0, sample // WINDOW - self._first)
        del self._windows[:surplus], self._probabilities[:surplus]
        self._first += surplus

    def between(self, start: int, end: int) -> Float:
        """The samples from `start` on, up to the one before `end` or the last one."""
        begin = start // WINDOW
        behind = -(-end // WINDOW)
        windows = self._windows[begin - self._first : behind - self._first]
        return np.concatenate(windows)[start - begin * WINDOW : end - begin * WINDOW]

    def highest_probability(self, spans: Iterable[Span]) -> float:
        """Of the windows in some stretches."""
        places = [place for first, behind in spans for place in range(first // WINDOW, behind // WINDOW)]
        return max((self._probabilities[place - self._first] for place in places), default=0.0)

    def quietest_from(self, sample: int) -> int:
        """The first sample of the window that is the least like speech, from that of `sample` on."""
        places = range(max(sample // WINDOW - self._first, 0), len(self._probabilities))
        quietest = min(places, key=self._probabilities.__getitem__)
        return (self._first + quietest) * WINDOW
