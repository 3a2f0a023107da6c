"""What the pipeline needs from outside, as Protocols: anything of this shape will do.

A transcriber, a language model or a synthesizer of your own is a class with these methods; so is a room. All of them
live in one event loop. Closing the generator that a method returned is how a request is cancelled: it must free the
request, and keep the connection under it where the protocol allows.

A whole language model:

    class Echo:
        capabilities = LanguageModelCapabilities(tools=False)

        async def warm(self) -> None: ...

        async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta, None]:
            for word in f"You said: {prompt.messages[-1].text}".split():
                yield TextDelta(word + " ")

        async def aclose(self) -> None: ...
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio import Pcm
from pipeline.errors import ProviderError
from pipeline.messages import PromptMessage, ToolRequest


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
        """Return when somebody has subscribed to the voice."""
        ...


class Captions(Protocol):
    """What both sides say, as text in the room.

    All methods are synchronous and keep their order; what must be awaited happens behind them.
    """

    def person(self, segment_id: str, text: str, *, final: bool) -> None:
        """What the linked person has said in this segment so far, as a whole; replaces what was shown of it before."""
        ...

    def bot(self, segment_id: str, text: str, *, final: bool) -> None:
        """What was heard of the bot's reply so far, as a whole: `text` only grows in a segment; `final` closes it."""
        ...


@dataclass(frozen=True, slots=True)
class WordTime:
    """A spoken word and its place in the audio of its stream, seconds from the stream's first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Finalize:
    """In the audio to a transcriber: answer at once for everything before this point."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a transcriber made of a stretch of audio.

    `start` and `end` are seconds of audio from the first sample of the stream, across reconnects. An interim may change
    and is replaced by the next one; a final stands. `words` may be empty for interims.
    """

    text: str
    is_final: bool
    start: float
    end: float
    words: tuple[WordTime, ...] = ()
    answers_finalize: bool = False
    """It is the answer to the last Finalize; its text may be empty, which then says that there is nothing more."""


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The connection is gone; audio is kept and will be replayed. `error` says why and what to do."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class StreamRestored:
    """The connection is back, and what was said meanwhile is being recognised."""


@dataclass(frozen=True, slots=True)
class TranscriberCapabilities:
    """What a transcriber can do, so that turn-taking knows what to wait for."""

    interims: bool
    finalize: bool
    word_times: bool


class Transcriber(Protocol):
    """Streaming speech recognition of one person, for the life of a session."""

    @property
    def capabilities(self) -> TranscriberCapabilities:
        """What it can do; constant."""
        ...

    async def warm(self) -> None:
        """Load and connect ahead of the first audio; harmless when done before. Raises ProviderError."""
        ...

    def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        """Recognise audio, shape (samples,) at LISTEN_RATE, as it comes; ends after the audio has ended.

        Audio may pause for any time (muted, gated): the connection is kept. Raises Refused when waiting is useless.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is asked afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, as the model streams it."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a request cost, as the provider counts them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call; `parameters` is its JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a language model, in the order in which the model should read it."""

    instructions: str
    messages: tuple[PromptMessage, ...]
    tools: tuple[Tool, ...] = ()
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class LanguageModelCapabilities:
    """What a language model can do."""

    tools: bool


class LanguageModel(Protocol):
    """Token streaming text generation."""

    @property
    def capabilities(self) -> LanguageModelCapabilities:
        """What it can do; constant."""
        ...

    async def warm(self) -> None:
        """Have connections open for what is to come; called at the start and when the person begins to speak."""
        ...

    def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        """Stream one reply. Raises ProviderError, also in mid-stream: a reply that breaks off never just ends."""
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is asked afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """Synthesised audio, shape (samples,) at the synthesizer's rate."""

    samples: Pcm


@dataclass(frozen=True, slots=True)
class SynthesizerCapabilities:
    """What a synthesizer can do, so that playout knows how well what was heard is known."""

    word_times: bool


class Synthesizer(Protocol):
    """Streaming text to speech."""

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
        come before or after their audio. Raises ProviderError.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is spoken afterwards."""
        ...
