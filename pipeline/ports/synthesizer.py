"""Streaming text-to-speech."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.speech import Speech, WordTime


@dataclass(frozen=True, slots=True)
class SynthesizerCapabilities:
    """The abilities of a synthesizer."""

    word_times: bool
    """It reports when each word is spoken, so that it is known to the word what was heard."""
    reads_numbers: bool = True
    """It says written numbers, dates and the like by itself ("$21.50"). One that does not is given words in their
    place, in the languages that `pipeline.text.spoken` knows."""


class Synthesizer(Protocol):
    """Streaming text to speech.

    One that loads data of its own may take long to begin, on a slow machine. It may have an attribute `start_timeout`:
    seconds for which its first audio is waited for, where that is more than the budget of a reply.
    """

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """What it can do; constant."""
        ...

    @property
    def rate(self) -> int:
        """Hz of the audio it makes, a multiple of 100."""
        ...

    async def warm(self) -> None:
        """Load and connect ahead of the first text; harmless when done before. Raises ProviderError."""
        ...

    def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak chunks as they come, in order; ends when the text has ended and all its audio is out.

        Chunks are whole clauses or sentences and keep their white space; they may come seconds apart. Word times may
        come before or after their audio. Raises ProviderError. Make one attempt: after Unavailable you are called again
        with the text from the first word on that is not whole.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is spoken afterwards."""
        ...
