"""What the pipeline needs from outside, as Protocols: anything of this shape will do.

A transcriber, a language model or a synthesizer of your own is a class with these methods; so is a room. All of them
live in one event loop. Closing the iterator that a method returned is how a request is cancelled: it must free the
request without closing the connection under it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio import Pcm


@dataclass(frozen=True, slots=True)
class MicAudio:
    """One window of the linked person's microphone.

    `samples` has shape (LISTEN_WINDOW,) at LISTEN_RATE; `arrived_at` is the loop time when it was taken from the room.
    """

    samples: Pcm
    arrived_at: float


@dataclass(frozen=True, slots=True)
class MicBreak:
    """The microphone fell silent at `at` (loop time): muted, unpublished, or the person left.

    Until the next MicAudio audio is known to be absent, and that one has no fixed distance in time from the last one
    before: media clocks start anew.
    """

    at: float


class AudioIn(Protocol):
    """The ears' end of a room: what the linked person says."""

    def listen(self) -> AsyncIterator[MicAudio | MicBreak]:
        """The microphone, for the life of the bot; it survives people coming and going and reconnects."""
        ...


class AudioOut(Protocol):
    """The mouth's end of a room: a short queue in front of the network, played at `rate`."""

    @property
    def rate(self) -> int:
        """Hz of the frames that `write` takes."""
        ...

    async def write(self, frame: Pcm) -> None:
        """Queue one 10 ms frame; returns when the queue has room again, which paces the writer.

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
        """Return when somebody has subscribed to the voice."""
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """Synthesised audio, shape (samples,) at the synthesizer's rate."""

    samples: Pcm


@dataclass(frozen=True, slots=True)
class WordTime:
    """A spoken word and its place in the audio of its stream, seconds from the stream's first sample."""

    text: str
    start: float
    end: float


class Synthesizer(Protocol):
    """Streaming text to speech."""

    @property
    def rate(self) -> int:
        """Hz of the audio it makes, a multiple of 100."""
        ...

    def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Speech | WordTime]:
        """Speak chunks as they come, in order; ends when the text has ended and all its audio is out.

        Word times may come before or after their audio. Raises ProviderError.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is spoken afterwards."""
        ...
