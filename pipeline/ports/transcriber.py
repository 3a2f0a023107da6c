"""Streaming speech-to-text."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio import Pcm
from pipeline.errors import ProviderError
from pipeline.speech import Finalize, Transcript


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The connection is gone; audio is kept and will be replayed. `error` says why and what to do."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class StreamRestored:
    """The connection is back, and what was said meanwhile is being recognized."""


class Transcriber(Protocol):
    """Streaming speech recognition of one person.

    One that loads data of its own may take long to begin, on a slow machine. It may have an attribute `start_timeout`:
    seconds for which its first audio is waited for, where that is more than the budget of a reply.
    """

    async def warm(self) -> None:
        """Load and connect ahead of the first audio; harmless when done before. Raises ProviderError."""
        ...

    def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        """Recognize audio, shape (samples,) at LISTEN_RATE, as it comes; ends after the audio has ended.

        Audio may pause for any time (muted, gated): the connection is kept. Take the first audio when there is a
        connection, and count seconds from it. Make one attempt: raise Unavailable when the connection fails or is lost,
        and you are called again with the audio that has no final words yet. Raise Refused when that is useless.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is asked afterwards."""
        ...
