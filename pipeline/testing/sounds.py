"""Sounds of a person: words and noises of a script, and recordings."""

from dataclasses import dataclass, field

from pipeline.audio import LISTEN_RATE, Pcm

NOISE = -1
"""The code of a voice without words: a cough, a hum."""

RECORDING = 0
"""The code of a recording."""

UNDERSTOOD = 0.5
"""The part of a word that must arrive for it to be understood."""


@dataclass(frozen=True, slots=True, order=True)
class Sound:
    """Something audible between two times of the scene.

    `code` is NOISE, RECORDING, or the number of the word that it is, from 1. The samples of a noise or a word have the
    value of their code; those of a recording are its own, and the words in it, which `is_recorded`, add none.
    """

    began_at: float
    ended_at: float
    code: int
    is_recorded: bool = False
    samples: Pcm | None = field(default=None, compare=False)
    """Of a recording, at LISTEN_RATE."""

    @property
    def needed(self) -> float:
        """Samples that must arrive for the word to be understood."""
        return UNDERSTOOD * (self.ended_at - self.began_at) * LISTEN_RATE


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a word, or of a noise, within a window: from `first` to before `end`, of which `samples` came."""

    code: int
    first: int
    end: int
    samples: int
