"""The audio of one reply on its way to the room: filled by synthesis, read by the writer, forgotten 3 s behind it."""

import asyncio
from bisect import bisect_right

import numpy as np

from pipeline.audio import Pcm, frame_samples, silence
from pipeline.speech import WordTime

KEEP = 3.0
"""Seconds kept behind the playhead, for a resume to go back to the start of a word."""

NEARLY_ALL = 0.9
"""Share of a word from which on a resume goes on after it rather than saying it again."""

FADE = 0.005
"""Seconds in which audio ends that is dropped from somewhere on: no click is heard."""


class ReplyAudio:
    """Positions are samples from the reply's first one, at `rate` Hz."""

    def __init__(self, rate: int, grown: asyncio.Event) -> None:
        self.rate = rate
        self.words: list[WordTime] = []
        """As the synthesizer timed them, in order."""
        self.complete = False
        """No more audio will come."""
        self.playhead = 0
        """Position of the next sample to write."""
        self.reached = 0
        """One past the furthest sample written: `playhead`, unless it went back."""
        self._grown = grown
        self._parts: list[Pcm] = []
        self._starts: list[int] = []  # position of each part's first sample
        self._end = 0

    @property
    def end(self) -> int:
        """One past the last sample that has come."""
        return self._end

    def feed(self, samples: Pcm) -> None:
        """Append audio, shape (samples,)."""
        if len(samples):
            self._append(samples)
            self._grown.set()

    def finish(self) -> None:
        """Note that no more audio will come."""
        self.complete = True
        self._grown.set()

    def drop(self, position: int) -> None:
        """Forget the audio from `position` on, as other audio will come in its place.

        What was written stays, and a frame after it: a hold may count on it for its fade-out.
        """
        if self.reached:
            position = max(position, self.reached + frame_samples(self.rate))
        if position >= self._end:
            return
        while self._starts and self._starts[-1] >= position:
            self._end = self._starts.pop()
            self._parts.pop()
        if self._starts:
            self._end = self._starts.pop()
            last = self._parts.pop()[: position - self._end].copy()
            fade = min(round(FADE * self.rate), len(last))
            last[-fade:] = last[-fade:] * np.linspace(1, 0, fade, dtype=np.float32)
            self._append(last)
        self.words = [word for word in self.words if round(word.end * self.rate) <= position]

    @property
    def is_written(self) -> bool:
        """All of it has come and has been written."""
        return self.complete and self.playhead >= self._end

    @property
    def ready(self) -> int:
        """Samples that have come and wait at the playhead."""
        return self._end - self.playhead

    def has(self, samples: int) -> bool:
        """Whether that many are there at the playhead, or the rest of a complete reply."""
        return self.ready >= samples or (self.complete and self.ready > 0)

    def peek(self, samples: int) -> Pcm:
        """Return so many samples from the playhead on, the end padded with silence; the playhead stays.

        Padded, because a partial frame would wait in the room's native buffer and come out before the next reply.
        """
        index = bisect_right(self._starts, self.playhead) - 1
        skip = self.playhead - self._starts[index] if self._starts else 0
        first = self._parts[index][skip : skip + samples] if self._parts else silence(0)
        if len(first) == samples:  # as a rule; what was fed is never written to
            return first
        taken, missing = [first], samples - len(first)
        for part in self._parts[index + 1 :]:
            taken.append(part[:missing])
            missing -= len(taken[-1])
            if not missing:
                break
        return np.concatenate([*taken, silence(missing)])

    def advance(self, samples: int) -> None:
        """Move the playhead on, and forget what lies too far behind it."""
        self.playhead = min(self.playhead + samples, self._end)
        self.reached = max(self.reached, self.playhead)
        behind = bisect_right(self._starts, self.playhead - KEEP * self.rate) - 1
        if behind > 0:
            del self._parts[:behind], self._starts[:behind]

    def go_back(self, heard: int) -> None:
        """Move the playhead to where speech goes on after `heard` samples: to the start of the cut word."""
        at = heard / self.rate
        for word in self.words:
            if word.end <= at or at >= word.start + NEARLY_ALL * (word.end - word.start):
                continue
            # Within the word, or in the gap before it.
            heard = min(heard, round(word.start * self.rate)) if word.start <= at else heard
            break
        self.playhead = max(heard, self._starts[0] if self._starts else 0)

    def _append(self, samples: Pcm) -> None:
        self._parts.append(samples)
        self._starts.append(self._end)
        self._end += len(samples)
