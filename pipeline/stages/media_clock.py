"""Estimates when the samples of a microphone were spoken, as frames carry no time and come late and in bursts.

Audio is never early: of all windows the least delayed one shows best when the stream's first sample was due, so that is
taken from the minimum of arrival minus samples / rate. The minimum is that of the last few seconds, so that neither the
skew of the other side's clock nor audio that is missing without a word (a frozen process) shifts times for good.
"""

from bisect import bisect_left, bisect_right
from collections import deque

from pipeline.audio import LISTEN_RATE

MEMORY = 5.0
"""Seconds of audio of which the minimum is taken. A skew of 200 ppm errs by 1 ms in it; a longer stall than this shifts
the clock until its burst has come in, and after audio was lost all is placed too early for so long."""

KEPT_STREAMS = 64
"""Streams between breaks that are remembered, for late transcripts; older samples get the oldest one's time."""


class MediaClock:
    """Maps samples, counted from the first one ever across all breaks, to loop time.

    It reads no clock. Times are never later than the samples' arrival.
    """

    def __init__(self, rate: int = LISTEN_RATE) -> None:
        self._rate = rate
        self._seen = 0
        self._absent = True
        # (sample, arrival less samples / rate), rising: those that are the minimum now or may be it later
        self._least: deque[tuple[int, float]] = deque()
        self._streams: deque[tuple[int, float]] = deque(maxlen=KEPT_STREAMS)  # (first sample, offset)

    @property
    def position(self) -> int:
        """Samples seen so far."""
        return self._seen

    def saw(self, samples: int, arrived_at: float) -> None:
        """Note that the next samples came in at this loop time."""
        if self._absent:
            self._absent = False
            self._streams.append((self._seen, arrived_at))
        self._seen += samples
        self._learn(arrived_at - self._seen / self._rate)

    def broke(self) -> None:
        """Note that the microphone fell silent: the next samples continue nothing."""
        self._absent = True
        self._least.clear()

    def time_of(self, sample: int) -> float:
        """Return the loop time at which something that begins with this sample began, as far as is known."""
        return self._time(sample, bisect_right(self._streams, sample, key=lambda stream: stream[0]))

    def end_of(self, sample: int) -> float:
        """Return the loop time of the end of something that ends before this sample: before a break, not behind it."""
        return self._time(sample, bisect_left(self._streams, sample, key=lambda stream: stream[0]))

    def watermark(self, now: float) -> float:
        """Return the loop time up to which audio was seen, or is known to be absent; it grows while audio comes."""
        return now if self._absent else self._streams[-1][1] + self._seen / self._rate

    def _time(self, sample: int, streams_before: int) -> float:
        if not self._streams:
            raise ValueError(f"sample {sample} has no time: no audio has come yet")
        _, offset = self._streams[max(streams_before - 1, 0)]
        return offset + sample / self._rate

    def _learn(self, offset: float) -> None:
        while self._least and self._least[-1][1] >= offset:
            self._least.pop()
        self._least.append((self._seen, offset))
        while self._least[0][0] <= self._seen - MEMORY * self._rate:
            self._least.popleft()
        least = self._least[0][1]
        self._streams[-1] = (self._streams[-1][0], least)
        for stream in range(len(self._streams) - 2, -1, -1):  # what came before a break was over when this stream began
            first_sample, earlier = self._streams[stream]
            if earlier <= least:
                break
            self._streams[stream] = (first_sample, least)
