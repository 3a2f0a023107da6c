"""Audio of one rate made audio of another, by the resampler of LiveKit's client (libsoxr)."""

import numpy as np
from livekit import rtc

from pipeline.audio import Pcm, silence


class Resampler:
    """One stream of audio, mono."""

    def __init__(self, rate: int, new_rate: int) -> None:
        """Take audio at `rate` Hz and give it at `new_rate` Hz."""
        self._native = rtc.AudioResampler(rate, new_rate)

    def push(self, samples: Pcm) -> Pcm:
        """Take audio, shape (samples,); return what can be given of it by now, some milliseconds less."""
        return _joined(self._native.push(bytearray(samples.tobytes())))

    def flush(self) -> Pcm:
        """Return the rest; nothing can be pushed afterwards."""
        return _joined(self._native.flush())


def _joined(frames: list[rtc.AudioFrame]) -> Pcm:
    parts = [np.frombuffer(frame.data, dtype=np.int16) for frame in frames]
    return np.concatenate(parts) if parts else silence(0)
