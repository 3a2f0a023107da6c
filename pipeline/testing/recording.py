"""A WAV file as a person's voice."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.audio import LISTEN_RATE, Pcm, resample
from pipeline.speech import WordTime
from pipeline.testing.errors import SceneError
from pipeline.wav import WavError, read_sound


def read_recording(path: Path) -> tuple[Pcm, float, tuple[float, float]]:
    """Samples at LISTEN_RATE, the duration, and between which times it is not silent; seconds. Raises SceneError."""
    try:
        sound = read_sound(path)
    except WavError as error:
        raise SceneError(str(error)) from None
    samples = resample(sound.pcm, sound.rate, LISTEN_RATE)
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
