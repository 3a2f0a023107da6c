"""The port of a recorder: the audio of both sides as it is heard and played."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.audio import Pcm
from pipeline.speech import WordTime


class AudioTap(Protocol):
    """Takes copies of what passes. All times are loop seconds; nothing here may block or raise."""

    def heard(self, at: float, samples: Pcm) -> None:
        """Take a window of the linked person's microphone that begins at `at`; shape (samples,), at LISTEN_RATE."""

    def fell_silent(self) -> None:
        """Note that no audio comes from the microphone; the next window continues nothing."""

    def played(self, at: float, samples: Pcm, position: int | None) -> None:
        """Take audio that leaves for the room from `at` on, as loud as it is heard, at the rate of the voice.

        `position` is that of its first sample in the audio of the reply on air; None for what is none of it.
        """

    def unplayed(self, samples: int) -> None:
        """Take so many of the last samples back: they were queued, and will not be played."""

    def spoken(self, reply_id: str, words: Sequence[WordTime]) -> None:
        """Take the words that were heard of a reply whose audio is over, in seconds of that audio."""


class _NoTap:
    """Takes nothing."""

    def heard(self, at: float, samples: Pcm) -> None: ...

    def fell_silent(self) -> None: ...

    def played(self, at: float, samples: Pcm, position: int | None) -> None: ...

    def unplayed(self, samples: int) -> None: ...

    def spoken(self, reply_id: str, words: Sequence[WordTime]) -> None: ...


NO_TAP: AudioTap = _NoTap()
