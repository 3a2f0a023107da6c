"""Audio as the pipeline holds it: one-dimensional arrays of 16-bit mono samples, and the rate beside them."""

import numpy as np

from vad import protocol

Pcm = protocol.Pcm
"""Mono PCM, shape (samples,), dtype int16."""

LISTEN_RATE = protocol.RATE
"""Hz of everything the bot hears: what the detectors take and transcribers want."""

LISTEN_WINDOW = protocol.WINDOW
"""Samples of one frame from the room, 32 ms at LISTEN_RATE: exactly what a detector judges at once."""

WINDOW_DURATION = LISTEN_WINDOW / LISTEN_RATE
"""Seconds of it."""

FRAME_DURATION = 0.010
"""Seconds of one frame to the room: WebRTC's own packet clock ticks every 10 ms."""


def frame_samples(rate: int) -> int:
    """Samples of one 10 ms frame at `rate` Hz; the rate must be a multiple of 100."""
    if rate <= 0 or rate % 100:
        raise ValueError(f"a rate of {rate} Hz does not divide into 10 ms frames; use a multiple of 100 Hz")
    return rate // 100


def silence(samples: int) -> Pcm:
    """Zeros, shape (samples,)."""
    return np.zeros(samples, dtype=np.int16)


def resample(samples: Pcm, rate: int, to: int) -> Pcm:
    """Return a whole sound at another rate: its spectrum, cut off or continued with nothing."""
    if rate == to:
        return samples
    before, after = len(samples), round(len(samples) * to / rate)
    if not after:
        return silence(0)
    changed = np.fft.irfft(np.fft.rfft(samples), after) * (after / before)
    return np.clip(np.rint(changed), -32768, 32767).astype(np.int16)


def pcm_from_bytes(data: bytes) -> Pcm:
    """Little-endian 16-bit samples as an array; an odd last byte is refused with ValueError."""
    return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)
