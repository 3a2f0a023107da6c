"""Reads what a room has played back into the words of the voice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.audio import Pcm
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.scripted_tts import ScriptedSynthesizer, duration_of
from pipeline.text.heard import HEARD_FRACTION

BORDER = 0.02
"""Seconds by which a word may have been played more or less than it seems: fades, and the ticks of the room."""


@dataclass(frozen=True, slots=True)
class PlayedWord:
    """A word that was audible without a break: from when on, how much of it, and whether ducked at its end."""

    text: str
    number: int
    """Of the word among all that were synthesized; a word that was held and resumed comes twice with one number."""
    at: float
    share: float
    is_ducked: bool


def understood(heard: Iterable[PlayedWord]) -> list[tuple[str, bool]]:
    """Words of which about enough was audible, in order, and whether there is no doubt about it.

    What was held in mid-word and resumed comes twice in a row and is one; what was kept and is played again is not.
    """
    shares: list[tuple[int, str, float]] = []
    for word in heard:
        before = shares.pop()[2] if shares and shares[-1][0] == word.number else 0.0
        shares.append((word.number, word.text, max(before, word.share)))
    found = list[tuple[str, bool]]()
    for _, text, share in shares:
        border = BORDER / duration_of(text)
        if share >= HEARD_FRACTION - border:
            found.append((text, share >= HEARD_FRACTION + border))
    return found


class WordReader:
    """Follows the room: what it has read once, it does not read again."""

    def __init__(self, room: RoomQueue, mouth: ScriptedSynthesizer) -> None:
        self._room, self._mouth = room, mouth
        self._read = 0  # samples
        self._words: list[PlayedWord] = []
        # The sound under way: its word, where it began, its samples, and whether it is ducked.
        self._number: int | None = None
        self._since = 0
        self._samples = 0
        self._is_ducked = False

    def read(self) -> list[PlayedWord]:
        """All words until now; the last one may be still sounding."""
        for place, samples in self._room.stretches(self._read):
            if place > self._read:
                self._falls_silent()
            self._take(place, samples)
            self._read = place + len(samples)
        if self._read < self._room.length:
            self._falls_silent()
        return [*self._words, *([self._word(self._number)] if self._number is not None else [])]

    def _take(self, place: int, samples: Pcm) -> None:
        for start, end, value in _runs(samples):
            if value == 0:
                self._falls_silent()
                continue
            if self._samples == 0:
                self._since = place + start
            self._samples += end - start
            if end - start > 1:  # not within a fade
                self._number, self._is_ducked = self._mouth.number_of(value)

    def _falls_silent(self) -> None:
        if self._number is not None:
            self._words.append(self._word(self._number))
        self._number, self._samples = None, 0

    def _word(self, number: int) -> PlayedWord:
        text, rate = self._mouth.words[number], self._mouth.rate
        share = self._samples / (duration_of(text) * rate)
        return PlayedWord(text, number, round(self._since / rate, 4), share, self._is_ducked)


def _runs(samples: Pcm) -> Iterator[tuple[int, int, int]]:
    """Stretches of one value: start, end, value."""
    edges = [0, *(np.flatnonzero(np.diff(samples)) + 1).tolist(), len(samples)]
    for start, end in pairwise(edges):
        yield start, end, int(samples[start])
