"""Resampling of a sound that comes in pieces, without seams."""

import numpy as np

from pipeline.audio import Pcm, resample, silence


class PieceResampler:
    """Resamples whole 10 ms frames; what comes out is CONTEXT behind what goes in, until `finish`.

    Each piece is resampled with the end of the one before and the beginning of the next one around it, which fade to
    nothing outwards, and are then cut off.
    """

    CONTEXT = 2
    """Frames of 10 ms."""

    def __init__(self, rate: int, to: int) -> None:
        """Both rates in Hz, multiples of 100."""
        self._rate, self._to = rate, to
        self._around = self.CONTEXT * rate // 100
        self._last = silence(2 * self._around)
        self._is_first = True
        rise = np.sin(np.linspace(0, np.pi / 2, self._around, endpoint=False, dtype=np.float32)) ** 2
        self._rise, self._fall = rise, rise[::-1]

    def feed(self, samples: Pcm) -> Pcm:
        """Take the next piece, shape (samples,); return what is complete by then."""
        whole = np.concatenate([self._last, samples])
        self._last = whole[-2 * self._around :].copy()
        cut = self.CONTEXT * self._to // 100
        resampled = self._resampled(whole)[cut:-cut]
        if self._is_first:
            self._is_first, resampled = False, resampled[cut:]
        return resampled

    def finish(self) -> Pcm:
        """Return the rest."""
        return self.feed(silence(self._around))

    def _resampled(self, samples: Pcm) -> Pcm:
        """Resample a piece with what is around it, which it may change."""
        if not samples.any():  # half of a call
            return silence(len(samples) * self._to // self._rate)
        samples[: self._around] = samples[: self._around] * self._rise
        samples[-self._around :] = samples[-self._around :] * self._fall
        return resample(samples, self._rate, self._to)
