"""Several providers of one kind as one: each class has the shape of its port, and shows the chain that it is made of.

`pipeline.resilience` asks the links of the chain one by one. Whoever uses it as a port gets the first link that works.
Only the first one is kept warm: the others connect when they are needed, which costs a new connection and no standing
one with each provider. While the first is left alone (see `pipeline.resilience.breaker`), the next is kept warm.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Generic, TypeVar

from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.ports import (
    Finalize,
    LanguageModel,
    Prompt,
    ReplyPart,
    Speech,
    StreamLost,
    StreamRestored,
    Synthesizer,
    SynthesizerCapabilities,
    Transcriber,
    Transcript,
    WordTime,
)
from pipeline.resilience.chain import Chain, Link
from pipeline.resilience.voice_level import LeveledVoice, VoiceLevel

P = TypeVar("P", bound=Transcriber | LanguageModel | Synthesizer)


class _Chained(Generic[P]):
    def __init__(self, *links: Link[P]) -> None:
        self.chain = Chain(links)

    @property
    def start_timeout(self) -> float:
        """That of the first link."""
        return float(getattr(self.chain.first.provider, "start_timeout", 0.0))

    async def warm(self) -> None:
        """Warm the first link, or the first that can be reached. Raises ProviderError when none can."""
        failure: ProviderError | None = None
        for link in self._usable():
            try:
                await link.provider.warm()
            except ProviderError as error:
                link.breaker.failed(error, loop_time())
                if failure is None or not failure.retryable:
                    failure = error
            else:
                return
        assert failure is not None
        raise failure

    async def aclose(self) -> None:
        """Close all links."""
        for link in self.chain.links:
            await link.provider.aclose()

    def _usable(self) -> list[Link[P]]:
        now = loop_time()
        return [link for link in self.chain.links if link.breaker.allows(now)] or list(self.chain.links)


class LanguageModelChain(_Chained[LanguageModel]):
    """A `pipeline.ports.LanguageModel`."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream the reply of the first link that gives a part of one."""
        *others, last = self._usable()
        for link in others:
            has_begun = False
            try:
                async with aclosing(link.provider.generate(prompt)) as parts:
                    async for part in parts:
                        has_begun = True
                        yield part
            except ProviderError as error:
                link.breaker.failed(error, loop_time())
                if has_begun:
                    raise
            else:
                return
        async with aclosing(last.provider.generate(prompt)) as parts:
            async for part in parts:
                yield part


class SynthesizerChain(_Chained[Synthesizer]):
    """A `pipeline.ports.Synthesizer`; all links speak at the rate of the first, and about as loud."""

    def __init__(self, first: Link[Synthesizer], *others: Link[Synthesizer]) -> None:
        """Raises ValueError for a link at another rate: the track's cannot change while people listen."""
        if any(link.provider.rate != first.provider.rate for link in others):
            raise ValueError("all voices of a chain must speak at one rate")
        reference = VoiceLevel()
        super().__init__(*(_leveled(it, reference, is_reference=it is first) for it in (first, *others)))
        self.rate = first.provider.rate

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Those of the first link; numbers are written out for all when one needs it."""
        of_links = [link.provider.capabilities for link in self.chain.links]
        reads_numbers = all(capabilities.reads_numbers for capabilities in of_links)
        return SynthesizerCapabilities(of_links[0].word_times, reads_numbers)

    def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak with the first link that is not left alone."""
        return self._usable()[0].provider.speak(text)


def _leveled(link: Link[Synthesizer], reference: VoiceLevel, *, is_reference: bool) -> Link[Synthesizer]:
    voice: Synthesizer = LeveledVoice(link.provider, reference, is_reference=is_reference)
    return Link(voice, link.name, link.breaker)


class TranscriberChain(_Chained[Transcriber]):
    """A `pipeline.ports.Transcriber`."""

    def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        """Recognize with the first link that is not left alone."""
        return self._usable()[0].provider.transcribe(audio)
