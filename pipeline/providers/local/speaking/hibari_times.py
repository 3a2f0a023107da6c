"""Where in hibari's audio the words are, by how long its model lets each phoneme last, and where it may be cut."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.providers.local.speaking.hibari_text import MARKS

RATE = 24_000
"""Hz of its audio."""

UNIT = 600
"""Samples of a unit in which the model counts durations, 25 ms: two frames of its spectrum."""

FRAME = 300
"""Samples of a frame."""

LEAD = 3
"""Units by which a sound comes earlier than its phoneme's duration says: so the model has learnt it."""

SETTLE = 2
"""Frames before the first sound that are kept: a plosive begins softly."""

SHORTEST_PIECE = 40
"""Frames of audio that are made at once, at least: 0.5 s."""

SHORTEST_GAP = 8
"""Frames of a voiceless stretch in which audio may be cut, at least: 0.1 s."""


def ids_of(words: Sequence[str], vocabulary: dict[str, int]) -> list[int]:
    """What the model is given of the phonemes of words: a pad, their signs with a space between words, a pad."""
    return [0, *(vocabulary[sign] for sign in " ".join(words)), 0]


def word_times(words: Sequence[str], durations: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first sample of each word, and the one behind its last, in the audio of all of them.

    `durations` has units for each of `ids_of`. Marks before and behind a word do not belong to it; without marks it
    ends where the next one begins.
    """
    ends = np.cumsum(durations)
    signs = " ".join(words)
    at = 0
    times: list[tuple[int, int]] = []
    for phonemes in words:
        sounds = [index for index, sign in enumerate(phonemes, at) if sign not in MARKS]
        behind = sounds[-1] + 1
        if behind == at + len(phonemes) < len(signs):
            behind += 1  # the space
        first, last = int(ends[sounds[0]]), int(ends[behind])  # before each sign is one more, the pad
        times.append((max(first - LEAD, 0) * UNIT, max(last - LEAD, 1) * UNIT))
        at += len(phonemes) + 1
    return times


def pieces(pitch: npt.NDArray[np.float32], start: int) -> list[tuple[int, int]]:
    """Return the frames, from `start` on, of pieces that can be made one after the other without a seam.

    `pitch` is in Hz for each frame, 0 where there is none: without a voice there is no wave to be continued.
    """
    found: list[tuple[int, int]] = []
    run = 0
    for frame, hertz in enumerate(pitch):
        run = 0 if hertz > 0 else run + 1
        cut = frame + 1 - run // 2
        if run == SHORTEST_GAP and cut - start >= SHORTEST_PIECE and len(pitch) - cut >= SHORTEST_PIECE:
            found.append((start, cut))
            start = cut
    return [*found, (start, len(pitch))]


def sound_end(samples: npt.NDArray[np.float32], softest: float) -> int:
    """Return where the last sound ends: behind it nothing is louder than `softest`."""
    loud = np.flatnonzero(np.abs(samples) > softest)
    return int(loud[-1]) + 1 if loud.size else 0
