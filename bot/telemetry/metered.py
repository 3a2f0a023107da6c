"""Providers that are counted: each class stands around one of its port, and passes everything on as it is.

What stands around them again asks anew or takes another one, so that what is counted is what the provider was asked:
each attempt, each draft, each second request.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from bot.telemetry.usage_meter import MeteredService, ProviderRequest
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.closing import closing
from pipeline.errors import ProviderError
from pipeline.ports import (
    Finalize,
    Finished,
    LanguageModel,
    Prompt,
    ReplyPart,
    Speech,
    StreamLost,
    StreamRestored,
    Synthesizer,
    SynthesizerCapabilities,
    TextDelta,
    ToolRequest,
    Transcriber,
    Transcript,
    Usage,
    WordTime,
)
from pipeline.resilience.chain import Chain
from pipeline.token_estimate import estimated_usage


class _Request:
    """A request while it goes on."""

    def __init__(self, service: MeteredService) -> None:
        self._service = service
        self._count: ProviderRequest | None = None
        self.is_whole = False
        """To be set when its answer is."""

    @property
    def count(self) -> ProviderRequest:
        """What is counted of it, from now on."""
        if self._count is None:
            self._count = self._service.begin()
        return self._count

    def end(self, failure: ProviderError | None) -> None:
        """Report its end, if it was begun."""
        if self._count is not None:
            self._service.end(self._count, failure, is_whole=self.is_whole)


@contextmanager
def _request(service: MeteredService) -> Iterator[_Request]:
    """Count a request until the end of the block, from the first time that its count is asked for."""
    request, failure = _Request(service), None
    try:
        yield request
    except ProviderError as error:
        failure = error
        raise
    finally:
        request.end(failure)


class MeteredTranscriber:
    """A `pipeline.ports.Transcriber`."""

    def __init__(self, transcriber: Transcriber, service: MeteredService) -> None:
        self._transcriber, self._service = transcriber, service
        self.provider_name = type(transcriber).__name__
        self.start_timeout: float = getattr(transcriber, "start_timeout", 0.0)

    async def warm(self) -> None:
        """Warm the transcriber."""
        await self._transcriber.warm()

    async def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        """Recognize, and count the audio that is taken."""
        with _request(self._service) as request:
            counted = _CountedAudio(audio, self._service, request.count)
            async with closing(self._transcriber.transcribe(counted)) as answers:
                async for answer in answers:
                    if isinstance(answer, Transcript):
                        self._service.heard()
                        if answer.text:
                            request.count.answered()
                    elif isinstance(answer, StreamLost):
                        request.count.error = type(answer.error).__name__
                    yield answer
            request.is_whole = True

    async def aclose(self) -> None:
        """Close the transcriber."""
        await self._transcriber.aclose()


class _CountedAudio:
    def __init__(self, audio: AsyncIterator[Pcm | Finalize], service: MeteredService, request: ProviderRequest) -> None:
        self._audio, self._service, self._request = audio, service, request

    def __aiter__(self) -> "_CountedAudio":
        return self

    async def __anext__(self) -> Pcm | Finalize:
        item = await anext(self._audio)
        if not isinstance(item, Finalize):
            self._service.audio(self._request, len(item) / LISTEN_RATE)
        return item


class MeteredLanguageModel:
    """A `pipeline.ports.LanguageModel`."""

    def __init__(self, model: LanguageModel, service: MeteredService) -> None:
        self._model, self._service = model, service
        self.provider_name = type(model).__name__
        self.start_timeout: float = getattr(model, "start_timeout", 0.0)

    async def warm(self) -> None:
        """Warm the model."""
        await self._model.warm()

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream the reply, and count its tokens; of one that is called off they are estimated."""
        written, is_counted = 0, False
        with _request(self._service) as request:
            count = request.count
            try:
                async with closing(self._model.generate(prompt)) as parts:
                    async for part in parts:
                        match part:
                            case TextDelta(text):
                                written += len(text)
                                count.answered()
                            case ToolRequest():
                                count.answered()
                            case Usage(prompt_tokens, completion_tokens, cached_tokens=cached_tokens):
                                is_counted = True
                                self._service.tokens(count, prompt_tokens, cached_tokens, completion_tokens)
                            case Finished():
                                request.is_whole = True
                        yield part
                request.is_whole = is_counted = True  # or the provider does not count
            except ProviderError:
                is_counted = is_counted or not written  # what was refused costs nothing
                raise
            finally:
                if not is_counted:
                    guess = estimated_usage(prompt, written)
                    tokens = guess.prompt_tokens, 0, guess.completion_tokens
                    self._service.tokens(count, *tokens, is_estimated=True)

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


class MeteredSynthesizer:
    """A `pipeline.ports.Synthesizer`."""

    def __init__(self, voice: Synthesizer, service: MeteredService) -> None:
        self._voice, self._service = voice, service
        self.provider_name = type(voice).__name__
        self.start_timeout: float = getattr(voice, "start_timeout", 0.0)

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Those of the voice."""
        return self._voice.capabilities

    @property
    def rate(self) -> int:
        """That of the voice."""
        return self._voice.rate

    async def warm(self) -> None:
        """Warm the voice."""
        await self._voice.warm()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak, and count characters and audio. The request begins with its first text."""
        with _request(self._service) as request:
            async with closing(self._voice.speak(self._counted(text, request))) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Speech) and len(piece.samples):
                        request.count.answered()
                        self._service.audio(request.count, len(piece.samples) / self._voice.rate)
                    yield piece
            request.is_whole = True

    async def aclose(self) -> None:
        """Close the voice."""
        await self._voice.aclose()

    async def _counted(self, text: AsyncIterator[str], request: _Request) -> AsyncGenerator[str, None]:
        async for chunk in text:
            self._service.characters(request.count, len(chunk))
            yield chunk


METERED = {"stt": MeteredTranscriber, "llm": MeteredLanguageModel, "tts": MeteredSynthesizer}
"""The class for each stage."""


def metered(provider: Any, service: MeteredService) -> Any:
    """Return a provider that is counted. A chain of providers stays as it is: its links are to be counted."""
    return (
        provider if isinstance(getattr(provider, "chain", None), Chain) else METERED[service.stage](provider, service)
    )
