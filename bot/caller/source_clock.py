"""Estimates when frames leave a queued audio source, from the returns of its `capture_frame`."""

from collections import deque

FRAME = 0.010
"""Seconds between ticks of the native source; one frame leaves the queue at each, as in WebRTC."""

REMEMBERED = 100
"""Frames over which the least delay is taken, against the jitter of the loop; the source's tick does not drift."""


class SourceClock:
    """Loop times at which frames of 10 ms leave an `AudioSource` whose queue holds `queued` of them.

    With a full queue `capture_frame` of frame n returns when frame n - queued has left. A busy loop sees that late,
    never early: the least of the last observations is right, until the queue runs dry.
    """

    def __init__(self, queued: int) -> None:
        self.queued = queued
        self.underruns = 0
        """How often the queue ran dry, so that two frames were parted by silence."""
        self._frames = 0
        self._delays: deque[float] = deque(maxlen=REMEMBERED)

    def next_leaves_at(self) -> float | None:
        """Return when the next captured frame will leave; None before the queue was full once."""
        return None if len(self._delays) <= self.queued else min(self._delays) + self._frames * FRAME

    def captured(self, called_at: float, returned_at: float) -> float:
        """Count one frame; return the time at which the frame `queued` before it left."""
        expected_at = self.next_leaves_at()
        if expected_at is not None and called_at > expected_at:
            self.underruns += 1
            self._delays.clear()
        left = self._frames - self.queued
        self._delays.append(returned_at - left * FRAME)
        self._frames += 1
        return min(self._delays) + left * FRAME
