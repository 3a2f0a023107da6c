"""Speech for detectors, made from nothing: vowels as harmonics of a gliding pitch under three formants.

The Silero model takes it for speech, as it does not take tones, clicks and noise.
"""

import numpy as np

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm

FORMANTS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
"""Hz, those of an average male voice (Peterson and Barney 1952)."""

BANDWIDTHS = (80, 100, 140)
LEVELS = (1.0, 0.5, 0.25)
VOWEL_DURATION = 0.16
FADE_DURATION = 0.02


def vowels(spoken: str, pitch: float = 120.0, peak: int = 10_000) -> Pcm:
    """Each letter of `spoken` is a vowel of 0.2 s with its fade; a space is as much silence."""
    pause = np.zeros(round(0.04 * LISTEN_RATE))
    parts = [part for letter in spoken for part in (_vowel(letter, pitch), pause)]
    audio = np.concatenate(parts)
    return np.asarray(audio / np.abs(audio).max() * peak, dtype=np.int16)


def microphone_noise(samples: int, level: float = 3.0, seed: int = 0) -> Pcm:
    """What a microphone gives when nobody speaks; `level` is the standard deviation."""
    return np.random.default_rng(seed).normal(0, level, samples).round().astype(np.int16)


def windows(audio: Pcm) -> list[Pcm]:
    """Cut into windows, without what is left over."""
    return list(audio[: len(audio) // LISTEN_WINDOW * LISTEN_WINDOW].reshape(-1, LISTEN_WINDOW))


def _vowel(letter: str, pitch: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time = np.arange(round(VOWEL_DURATION * LISTEN_RATE)) / LISTEN_RATE
    out = np.zeros_like(time)
    if letter == " ":
        return out
    glide = pitch * (1 + 0.05 * np.sin(2 * np.pi * 3 * time) - 0.1 * time / VOWEL_DURATION)
    cycles = np.cumsum(glide) / LISTEN_RATE
    for harmonic in range(1, int(4000 / pitch)):
        level = sum(
            gain / (1 + ((harmonic * pitch - formant) / width) ** 2)
            for formant, width, gain in zip(FORMANTS[letter], BANDWIDTHS, LEVELS, strict=True)
        )
        out += level * harmonic**-0.3 * np.sin(2 * np.pi * harmonic * cycles)
    return out * np.minimum(1, np.minimum(time, time[::-1]) / FADE_DURATION)
