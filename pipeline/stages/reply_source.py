"""Sources of a reply's words: a known text, or a request to the language model."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from pipeline.clock import loop_time
from pipeline.closing import closing
from pipeline.errors import ProviderError
from pipeline.events import ReplyEvent, ReplyWritten, TokensUsed, ToolsRequested
from pipeline.messages import Prompt, ToolRequest
from pipeline.port_check import unexpected
from pipeline.ports import Finished, LanguageModel, ReplyPart, TextDelta, Usage
from pipeline.text.reasoning import ReasoningFilter
from pipeline.text.repetition import RepetitionDetector
from pipeline.token_estimate import estimated_usage

LOOPS = (
    "%s was ended after %d characters, as the model repeats itself; where it may, raise the policy's max_reply_repeats"
)

_log = logging.getLogger(__name__)


class ReplySource(Protocol):
    """Writes one reply."""

    def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str | None, None]:
        """Write the text, piece by piece; None where it is whole although the source is not done yet.

        Raises ProviderError, also in mid-text; closing it frees what it uses.
        """
        ...


class StaticSource:
    """A text that is known."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str | None, None]:
        """Give the text as a whole."""
        yield self._text


class ModelSource:
    """A request to the language model."""

    def __init__(
        self,
        prompt: Prompt,
        language_model: LanguageModel,
        max_repeats: int,
        using: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """End the answer when it has said the same `max_repeats` times more: see `RepetitionDetector`.

        `using` is entered while the model is asked.
        """
        self._prompt, self._language_model, self._max_repeats = prompt, language_model, max_repeats
        self._using = using

    async def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str | None, None]:
        """Stream the model's answer without its reasoning. Emits ReplyWritten, and TokensUsed for each request.

        Emits ToolsRequested behind the text of an answer that is whole, for tools that were offered. The tokens of a
        request that is called off are estimated, as no provider counts them.
        """
        answer = _Answer(self._prompt, reply_id, emit, self._max_repeats)
        try:
            with self._using():
                async with closing(self._language_model.generate(self._prompt)) as pieces:
                    async for piece in pieces:
                        if text := answer.take(piece):
                            yield text
                        if answer.is_loop:
                            _log.warning(LOOPS, reply_id, answer.written)
                            return
                        if isinstance(piece, Finished):
                            yield None  # some servers take their time to end a stream
            answer.is_counted = True  # or the provider does not count
            yield answer.finish()
        except ProviderError:
            answer.is_counted = True  # as above
            raise
        finally:
            if not answer.is_counted:
                emit(answer.estimated())


class _Answer:
    """What has come of one answer."""

    def __init__(self, prompt: Prompt, reply_id: str, emit: Callable[[ReplyEvent], None], max_repeats: int) -> None:
        self.written = 0
        """Characters, those of its reasoning included."""
        self.is_counted = False
        """The provider has said what it cost, or will not."""
        self.is_loop = False
        """The model says the same again and again."""
        self._prompt, self._reply_id, self._emit = prompt, reply_id, emit
        self._text = ReasoningFilter()
        self._repetition = RepetitionDetector(max_repeats)
        self._requests: list[ToolRequest] = []
        self._is_finished = False

    def take(self, piece: ReplyPart) -> str:
        """Take the next part; returns what of it is text to say."""
        match piece:
            case TextDelta(text):
                if not self.written:
                    self._emit(ReplyWritten(loop_time(), self._reply_id))
                self.written += len(text)
                self.is_loop = self._repetition.feed(text)
                return self._text.feed(text)
            case ToolRequest():
                self._requests.append(piece)
            case Finished():
                return self.finish()
            case Usage():
                self.is_counted |= not piece.is_estimated
                self._emit(self._used(piece))
            case _:
                raise unexpected(piece, LanguageModel, "TextDelta(text), ToolRequest, Finished or Usage")
        return ""

    def finish(self) -> str:
        """Note that it is whole, and ask for its calls of tools that were offered; returns the rest of the text."""
        if self._is_finished:
            return ""
        self._is_finished = True
        if self._requests and self._prompt.tools:
            self._emit(ToolsRequested(loop_time(), self._reply_id, tuple(self._requests)))
        return self._text.flush()

    def estimated(self) -> TokensUsed:
        """Estimate the tokens of a request that was called off here."""
        return self._used(estimated_usage(self._prompt, self.written))

    def _used(self, usage: Usage) -> TokensUsed:
        return TokensUsed(loop_time(), self._reply_id, usage.prompt_tokens, usage.completion_tokens, usage.is_estimated)
