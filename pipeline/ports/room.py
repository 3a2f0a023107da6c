"""The ports of a room: a microphone, a voice, captions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio import Pcm


@dataclass(frozen=True, slots=True)
class AudioWindow:
    """One window of the linked person's microphone.

    `samples` has shape (LISTEN_WINDOW,) at LISTEN_RATE; `arrived_at` is the loop time when it was taken from the room.
    """

    samples: Pcm
    arrived_at: float


@dataclass(frozen=True, slots=True)
class AudioGap:
    """The microphone fell silent at `at` (loop time): muted, unpublished, or the person left.

    Until the next MicAudio audio is known to be absent, and that one has no fixed distance in time from the last one
    before: media clocks start anew.
    """

    at: float
    is_fault: bool = False
    """The microphone is on: audio should come, and does not."""


class AudioIn(Protocol):
    """The ears' end of a room: what the linked person says."""

    def listen(self) -> AsyncIterator[AudioWindow | AudioGap]:
        """The microphone, for the life of the bot; it survives people coming and going and reconnects."""
        ...


class AudioOut(Protocol):
    """The mouth's end of a room: a short queue in front of the network, played at `rate`."""

    @property
    def rate(self) -> int:
        """Hz of what `write` takes."""
        ...

    async def write(self, samples: Pcm) -> None:
        """Queue one or more whole 10 ms frames; returns when the queue has room again, which paces the writer.

        One writer only, never cancelled in mid-write: the native insert would go on without it.
        """
        ...

    def clear(self) -> None:
        """Drop what is queued and not yet played, now."""
        ...

    @property
    def queue_samples(self) -> int:
        """The most samples that can be queued and unplayed after `write` has returned."""
        ...

    async def wait_for_listener(self) -> None:
        """Return when a participant has subscribed to the voice."""
        ...


class Captions(Protocol):
    """Captions of both sides in the room.

    All methods are synchronous and keep their order; what must be awaited happens behind them.
    """

    def person(self, segment_id: str, text: str, *, final: bool) -> None:
        """Show the whole text of the linked person's segment so far; it replaces what was shown before."""
        ...

    def bot(self, segment_id: str, text: str, *, final: bool, unheard: str = "") -> None:
        """Show the whole text of the bot's reply that was heard so far; it only grows. `final` closes the segment.

        `unheard`, with a final text, is what was written behind it and will not be heard: the reply was broken off.
        """
        ...
