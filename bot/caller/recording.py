"""A recorded voice with loop times: plain numpy, no asyncio and no room."""

import numpy as np
import numpy.typing as npt

from pipeline.audio import Pcm, silence

Times = npt.NDArray[np.float64]

FLOOR_DB = -120.0
"""dBFS that stands for digital silence, whose true level is minus infinity."""

GAP = 0.030
"""Seconds between two arrivals above which a gap may be more than jitter."""

GAP_LASTS = 50
"""Frames examined after a gap: late frames catch up within a few of them, a real gap never does."""


class Recording:
    """Frames of one voice in order of arrival, each with its loop time of arrival.

    Frames carry no time stamps and arrive with jitter, in bursts after a stall. Between two gaps they are produced on
    a steady clock, so a frame's time is `its count x its duration + the least delay of any frame of that stretch`
    (no drift was seen over minutes). Sample `n` of a frame is placed `n / rate` after the frame's time, as `Played`
    does at the other end.
    """

    def __init__(self, rate: int = 48_000, frame_duration: float = 0.010) -> None:
        self.rate = rate
        self.frame_samples = round(rate * frame_duration)
        self._samples: Pcm = np.empty(rate, dtype=np.int16)
        self._arrivals: Times = np.empty(rate // self.frame_samples, dtype=np.float64)
        self._restarts: list[int] = [0]
        self.frames = 0

    def append(self, arrived_at: float, frame: bytes | bytearray | memoryview) -> None:
        """Add one frame of 16-bit mono samples that arrived at loop time `arrived_at`. Raises ValueError."""
        pcm = np.frombuffer(frame, dtype=np.int16)
        if len(pcm) != self.frame_samples:
            raise ValueError(f"a frame of {len(pcm)} samples instead of {self.frame_samples}: ask for 10 ms, mono")
        if self.frames == len(self._arrivals):
            self._samples = np.concatenate([self._samples, np.empty_like(self._samples)])
            self._arrivals = np.concatenate([self._arrivals, np.empty_like(self._arrivals)])
        start = self.frames * self.frame_samples
        self._samples[start : start + self.frame_samples] = pcm
        self._arrivals[self.frames] = arrived_at
        self.frames += 1

    def restart(self) -> None:
        """Begin a new stretch: the next frame comes from a new stream with a clock of its own."""
        if self._restarts[-1] != self.frames:
            self._restarts.append(self.frames)

    @property
    def samples(self) -> Pcm:
        """All samples, without time that had no frames."""
        return self._samples[: self.frames * self.frame_samples]

    @property
    def arrivals(self) -> Times:
        """Loop time of each frame's arrival, with its jitter."""
        return self._arrivals[: self.frames]

    def frame_times(self) -> Times:
        """Return the loop time of each frame's first sample, without the jitter of arrival."""
        expected = np.arange(self.frames) * (self.frame_samples / self.rate)
        delays = self.arrivals - expected
        starts = self._stretches(delays)
        least = np.minimum.reduceat(delays, starts) if self.frames else delays
        return np.asarray(expected + np.repeat(least, np.diff([*starts, self.frames])), dtype=np.float64)

    def _stretches(self, delays: Times) -> list[int]:
        """Return the first frame of each stretch on one clock: a new stream, or a gap that was never caught up."""
        starts = [restart for restart in self._restarts if restart < self.frames]
        for gap in np.flatnonzero(np.diff(self.arrivals) > GAP) + 1:
            before = delays[max(s for s in starts if s <= gap) : gap]
            if len(before) and delays[gap : gap + GAP_LASTS].min() > before.min() + GAP / 2:
                starts = sorted({*starts, int(gap)})
        return starts

    def time_of(self, sample: int) -> float:
        """Return the loop time of the sample with this number. Raises IndexError."""
        frame, rest = divmod(sample, self.frame_samples)
        if not 0 <= frame < self.frames:
            raise IndexError(f"sample {sample} of {len(self.samples)}")
        return float(self.frame_times()[frame]) + rest / self.rate

    def sample_at(self, at: float) -> int:
        """Return the number of the first sample at or after loop time `at`; len(samples) when there is none yet."""
        times = self.frame_times()
        frame = int(np.searchsorted(times, at, side="right")) - 1
        if frame < 0:
            return 0
        into = min(max(int(np.ceil((at - times[frame]) * self.rate - 1e-6)), 0), self.frame_samples)
        return frame * self.frame_samples + into

    def slice(self, start_at: float, end_at: float) -> Pcm:
        """Return the samples between two loop times; time without frames is left out."""
        return self.samples[self.sample_at(start_at) : self.sample_at(end_at)]

    def on_clock(self, start_at: float, end_at: float) -> Pcm:
        """Return the samples between two loop times, each in its place, with silence where there were no frames."""
        laid_out = silence(max(round((end_at - start_at) * self.rate), 0))
        places = np.round((self.frame_times() - start_at) * self.rate).astype(np.int64)
        for frame, place in enumerate(places):
            samples = self.samples[frame * self.frame_samples : (frame + 1) * self.frame_samples]
            first, last = max(place, 0), min(place + self.frame_samples, len(laid_out))
            if first < last:
                laid_out[first:last] = samples[first - place : last - place]
        return laid_out

    def energy_db(self, window: float = 0.010, since: int = 0) -> Times:
        """Return the level of each whole window from sample `since` on, in dB of a full-scale square wave (dBFS)."""
        size = round(window * self.rate)
        pcm = self.samples[since:]
        blocks = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
        rms = np.sqrt(np.mean(np.square(blocks), axis=1))
        return np.asarray(20 * np.log10(np.maximum(rms / 32768, 10 ** (FLOOR_DB / 20))), dtype=np.float64)

    def onset_after(self, at: float, threshold_db: float = -45.0, sustained: float = 0.030) -> float | None:
        """Return the loop time of the first sound above the threshold for `sustained` seconds; None without one.

        For a sound that is going on at `at`, return `at`.
        """
        first = self.sample_at(at)
        window = _first_run(self.energy_db(since=first) > threshold_db, max(round(sustained / 0.010), 1))
        if window is None:
            return None
        start = first + window * self.frame_samples
        level = np.abs(self.samples[start : start + self.frame_samples].astype(np.int32))
        return self.time_of(start + int(np.argmax(level > 32768 * 10 ** (threshold_db / 20))))

    def silent_after(self, at: float, threshold_db: float = -45.0, sustained: float = 0.200) -> float | None:
        """Return the loop time from `at` on at which `sustained` seconds below the threshold begin, or None.

        Exact to one 10 ms window. Time without frames counts as neither sound nor silence.
        """
        first = self.sample_at(at)
        window = _first_run(self.energy_db(since=first) <= threshold_db, max(round(sustained / 0.010), 1))
        return None if window is None else self.time_of(first + window * self.frame_samples)


def _first_run(flags: npt.NDArray[np.bool_], length: int) -> int | None:
    """Return where the first run of at least `length` trues begins, or None."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long_enough = starts[ends - starts >= length]
    return int(long_enough[0]) if len(long_enough) else None
