"""Sounds for tests: tones that survive a speech codec."""

import numpy as np

from pipeline.audio import Pcm


def tone(frequency: float, duration: float, rate: int = 48_000, level: float = 0.5) -> Pcm:
    """A sine of `frequency` Hz, `level` of full scale, with edges of 2 ms: hard ones would click on every frequency."""
    t = np.arange(round(duration * rate)) / rate
    edge = np.clip(np.minimum(t, duration - t) / 0.002, 0, 1)
    return np.asarray(np.sin(2 * np.pi * frequency * t) * edge * level * 32767, dtype=np.int16)


def dominant_frequency(pcm: Pcm, rate: int = 48_000) -> float:
    """Hz of the strongest component: what a tone is recognized by."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)), n=max(len(pcm), rate // 5)))
    return float(np.argmax(spectrum) * rate / max(len(pcm), rate // 5))
