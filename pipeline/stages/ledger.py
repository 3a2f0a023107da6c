"""Counts how much of the audio written to a room has been played: in samples, never from a clock alone.

The queue in the room plays one 10 ms frame a tick. `AudioOut.write`, of one frame or more, returns when it has drained
to its limit, so a write that had to wait shows the exact level, and when the tick was; between two such moments the
level is known from the ticks that must have passed.
"""

from dataclasses import dataclass

from pipeline.audio import FRAME_DURATION, Pcm
from pipeline.ports import NO_TAP, AudioTap

WAITED = 0.002
"""Seconds from which on a write counts as having waited for a tick; one that finds room returns in about 0.2 ms."""


@dataclass(slots=True)
class Stretch:
    """Audio of one reply written without a break: `length` samples from `position` on, at `start` of all written."""

    start: int
    position: int
    length: int


class Ledger:
    """Samples written, cleared and played. All times are loop seconds."""

    def __init__(self, frame: int, queue: int, tap: AudioTap = NO_TAP) -> None:
        """`tap` takes what is played, when it is."""
        self._frame, self._queue, self._tap = frame, queue, tap
        self._written = 0
        """Samples that were written and not cleared."""
        self._level = 0
        self._tick_at = 0.0  # when the level was known last
        self._stretches: list[Stretch] = []

    def begin(self) -> None:
        """Begin a new reply: positions count from its first sample."""
        self._stretches.clear()

    def writing(self, at: float, position: int | None, samples: Pcm) -> None:
        """Note that samples go into the queue: audio of the reply from `position` on, or silence and fades (None)."""
        self._settle(at)
        length, ticks_ahead = len(samples), self._level // self._frame + 1
        self._tap.played(self._tick_at + ticks_ahead * FRAME_DURATION, samples, position)
        if position is not None:
            last = self._stretches[-1] if self._stretches else None
            follows = last is not None and last.start + last.length == self._written
            if last is not None and follows and last.position + last.length == position:
                last.length += length
            else:
                self._stretches.append(Stretch(self._written, position, length))
        self._level += length
        self._written += length

    def wrote(self, began_at: float, at: float) -> None:
        """Note that the write has returned: the queue has drained to its limit."""
        self._settle(at)
        if at - began_at > WAITED and self._level >= self._queue - self._frame:
            self._level, self._tick_at = self._queue, at
        self._level = min(self._level, self._queue)

    def clear(self, at: float) -> None:
        """Note that the queue was emptied: what was in it will not be played."""
        self._settle(at)
        self._tap.unplayed(self._level)
        self._written -= self._level
        self._level = 0
        while self._stretches and self._stretches[-1].start >= self._written:
            self._stretches.pop()
        if self._stretches:
            last = self._stretches[-1]
            last.length = min(last.length, self._written - last.start)

    def played_until(self, at: float) -> int:
        """Return the position in the reply's audio up to which it was played: one past the last sample that left."""
        self._settle(at)
        played = self._written - self._level
        return max(
            (s.position + min(s.length, played - s.start) for s in self._stretches if s.start < played), default=0
        )

    def queued(self, at: float) -> int:
        """Return how many samples are written and not yet played."""
        self._settle(at)
        return self._level

    def _settle(self, at: float) -> None:
        ticks = int((at - self._tick_at) / FRAME_DURATION + 1e-6)
        if ticks > 0:
            self._level = max(0, self._level - ticks * self._frame)
            self._tick_at += ticks * FRAME_DURATION
