"""Where in time the words of a reply were heard: it may have been held, and gone back to the start of a word."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.recording.document import RecordedWord
from pipeline.speech import WordTime

BREAK = 0.02
"""Seconds by which audio is late that continues the last one after a break."""


@dataclass(slots=True)
class _Stretch:
    """Audio of the reply that was played without a break: `length` samples from `position` on, from `at` on."""

    position: int
    length: int
    at: float


class ReplyPlaces:
    """Of the reply on air; positions are samples in its audio, at `rate` Hz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._stretches: list[_Stretch] = []

    def played(self, at: float, samples: int, position: int) -> None:
        """Note that so many samples from `position` on are played from the loop time `at` on."""
        last = self._stretches[-1] if self._stretches else None
        if (
            last is not None
            and last.position + last.length == position
            and abs(last.at + last.length / self._rate - at) < BREAK
        ):
            last.length += samples
            return
        self._stretches.append(_Stretch(position, samples, at))

    def finish(self, words: Iterable[WordTime]) -> tuple[RecordedWord, ...]:
        """Return the words with their loop times, and forget the reply. A word that was said again counts then."""
        stretches, self._stretches = self._stretches, []
        placed = []
        for word in words:
            position = round(word.start * self._rate)
            holding = [it for it in stretches if it.position <= position < it.position + it.length]
            if holding:
                start = holding[-1].at + (position - holding[-1].position) / self._rate
                placed.append(RecordedWord(start, start + word.end - word.start, word.text))
        return tuple(placed)
