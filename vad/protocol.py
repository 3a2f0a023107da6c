"""What a voice activity detector looks like to the rest of the bot."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

RATE = 16_000
"""Hz that every detector here takes."""

WINDOW = 512
"""Samples that a detector judges at once, 32 ms: what the Silero model was trained on at 16 kHz."""

Pcm = npt.NDArray[np.int16]
"""Mono PCM; a window has shape (WINDOW,)."""


class VoiceActivityDetector(Protocol):
    """Judges one person's audio, window after window without a gap; one instance for each person."""

    def probability(self, window: Pcm) -> float:
        """How surely this window holds speech, 0 to 1, after the windows before it; ValueError for another shape."""
        ...

    def reset(self) -> None:
        """Forget what came before: the next window does not continue it."""
        ...


def check_window(window: Pcm) -> None:
    """Refuse what is not one window, with ValueError."""
    if window.shape != (WINDOW,) or window.dtype != np.int16:
        raise ValueError(
            f"a window has shape ({WINDOW},) and dtype int16, this one {window.shape} and {window.dtype}; "
            f"cut the audio into windows of {1000 * WINDOW // RATE} ms at {RATE} Hz"
        )
