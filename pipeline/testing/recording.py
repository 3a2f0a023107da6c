"""A WAV file as a person's voice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.speech import WordTime
from pipeline.testing.errors import SceneError
from pipeline.wav import WavError, WavSound, read_sound


def read_recording(path: Path) -> tuple[Pcm, float, tuple[float, float]]:
    """Samples at LISTEN_RATE, the duration, and between which times it is not silent; seconds. Raises SceneError."""
    try:
        sound = read_sound(path)
    except WavError as error:
        raise SceneError(str(error)) from None
    samples = _resampled(sound)
    return samples, len(samples) / LISTEN_RATE, sound.sounding


def spread(words: Sequence[str], start: float, end: float) -> tuple[WordTime, ...]:
    """Words without times, evenly by their letters between two times."""
    letters = sum(len(word) for word in words)
    times, at = list[WordTime](), start
    for word in words:
        until = at + (end - start) * len(word) / letters
        times.append(WordTime(word, at, until))
        at = until
    return tuple(times)


def _resampled(sound: WavSound) -> Pcm:
    """At LISTEN_RATE: the spectrum, cut off or continued with nothing."""
    if sound.rate == LISTEN_RATE:
        return sound.pcm
    before, after = len(sound.pcm), round(sound.duration * LISTEN_RATE)
    samples = np.fft.irfft(np.fft.rfft(sound.pcm), after) * (after / before)
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
