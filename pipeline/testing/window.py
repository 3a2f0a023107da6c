"""One window of a person's microphone, composed of what can be heard in it and of what was lost on the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.testing.sounds import Part, Sound


@dataclass(frozen=True, slots=True)
class Window:
    """Its samples, and what they are."""

    samples: Pcm
    scripted: int = 0
    """Samples that are of a script's words and noises."""
    has_recording: bool = False
    parts: tuple[Part, ...] = ()
    """Of words."""


SILENT = Window(silence(LISTEN_WINDOW))


def composed(start: float, sounds: Iterable[Sound], lost: Sequence[tuple[float, float]]) -> Window:
    """The window that begins at `start`; `sounds` are those in it, `lost` the times of which nothing came."""
    gaps = [_samples(start, *gap) for gap in lost]
    samples, recorded, parts = silence(LISTEN_WINDOW), list[Sound](), list[Part]()
    for sound in sorted(sounds, key=lambda sound: sound.code):  # words are heard above noises
        first, end = _samples(start, sound.began_at, sound.ended_at)
        arrived = end - first - sum(max(0, min(end, over) - max(first, begin)) for begin, over in gaps)
        if sound.samples is not None:
            recorded.append(sound)
        elif arrived > 0:
            parts.append(Part(sound.code, first, end, arrived))
            if not sound.is_recorded:
                samples[first:end] = sound.code
    for begin, over in gaps:
        samples[begin:over] = 0
    scripted = int(np.count_nonzero(samples))
    for sound in recorded:
        samples = _with_recording(samples, start, sound, gaps)
    return Window(samples, scripted, bool(recorded), tuple(parts))


def _with_recording(samples: Pcm, start: float, sound: Sound, gaps: Sequence[tuple[int, int]]) -> Pcm:
    assert sound.samples is not None
    first, end = _samples(start, sound.began_at, sound.ended_at)
    skipped = round((start - sound.began_at) * LISTEN_RATE)
    part = sound.samples[first + skipped : end + skipped]
    mixed = samples.astype(np.int32)
    mixed[first : first + len(part)] += part
    for begin, over in gaps:
        mixed[begin:over] = 0
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def _samples(start: float, began_at: float, ended_at: float) -> tuple[int, int]:
    """Return the samples between two times of the window that begins at `start`: the first, and behind the last."""
    first, end = (round((at - start) * LISTEN_RATE) for at in (began_at, ended_at))
    return min(max(first, 0), LISTEN_WINDOW), min(max(end, 0), LISTEN_WINDOW)
