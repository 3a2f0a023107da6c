"""A WAV file as a person's voice."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.ports import WordTime
from pipeline.testing.errors import SceneError

SILENCE = 0.003
"""Full-scale amplitude, -50 dBFS, that counts as no voice."""

ADVICE = "convert it, for instance with: ffmpeg -i {} -c:a pcm_s16le converted.wav"


def read_recording(path: Path) -> tuple[Pcm, float, tuple[float, float]]:
    """Samples at LISTEN_RATE, the duration, and between which times it is not silent; seconds.

    16-bit PCM of any rate and number of channels, which are averaged. Raises SceneError.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except OSError as error:
        raise SceneError(f"{path} cannot be read ({error.strerror}): name a WAV file") from None
    except (wave.Error, EOFError) as error:
        raise SceneError(f"{path} is no WAV file of 16-bit PCM ({error}): {ADVICE.format(path)}") from None
    if width != 2:
        raise SceneError(f"{path} has samples of {8 * width} bits, and 16 are read: {ADVICE.format(path)}")
    whole = len(data) // (2 * channels) * 2 * channels  # of a file that was cut short
    mono = np.frombuffer(data[:whole], "<i2").reshape(-1, channels).mean(axis=1)
    loud = np.flatnonzero(np.abs(mono) > SILENCE * 32768)
    if not len(loud):
        raise SceneError(f"{path} is silence: name a WAV file with a voice in it")
    samples = np.clip(np.rint(_resampled(mono, rate)), -32768, 32767).astype(np.int16)
    return samples, len(samples) / LISTEN_RATE, (int(loud[0]) / rate, (int(loud[-1]) + 1) / rate)


def spread(words: Sequence[str], start: float, end: float) -> tuple[WordTime, ...]:
    """Words without times, evenly by their letters between two times."""
    letters = sum(len(word) for word in words)
    times, at = list[WordTime](), start
    for word in words:
        until = at + (end - start) * len(word) / letters
        times.append(WordTime(word, at, until))
        at = until
    return tuple(times)


def _resampled(samples: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    """At LISTEN_RATE: the spectrum, cut off or continued with nothing."""
    if rate == LISTEN_RATE:
        return samples
    length = round(len(samples) * LISTEN_RATE / rate)
    return np.fft.irfft(np.fft.rfft(samples), length) * (length / len(samples))
