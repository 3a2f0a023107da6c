"""When a queued audio source really hands a frame over, seen from the returns of its `capture_frame`."""

from collections import deque

FRAME = 0.010
"""Seconds of the native source's tick: one frame leaves the queue each tick, as WebRTC's audio does."""

REMEMBERED = 100
"""Frames over which the least delay is taken: it hides the jitter of the loop; the source's tick does not drift."""


class SourceClock:
    """Loop times at which frames of 10 ms leave an `AudioSource` whose queue holds `queued` of them.

    A full queue lets `capture_frame` of frame n return when frame n - queued has left. A loop that is late sees that
    late, never early: the least of the last observations is the truth, until the queue runs dry.
    """

    def __init__(self, queued: int) -> None:
        self.queued = queued
        self.underruns = 0
        """How often the queue ran dry, so that silence came between two frames."""
        self._frames = 0
        self._delays: deque[float] = deque(maxlen=REMEMBERED)

    def next_leaves_at(self) -> float | None:
        """When the frame that is captured next will leave; None before there has been anything to see."""
        return None if len(self._delays) <= self.queued else min(self._delays) + self._frames * FRAME

    def captured(self, called_at: float, returned_at: float) -> float:
        """Count one frame; returns the time at which the frame `queued` before it has left."""
        expected_at = self.next_leaves_at()
        if expected_at is not None and called_at > expected_at:
            self.underruns += 1
            self._delays.clear()
        left = self._frames - self.queued
        self._delays.append(returned_at - left * FRAME)
        self._frames += 1
        return min(self._delays) + left * FRAME
