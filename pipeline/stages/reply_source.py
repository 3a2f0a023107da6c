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
from pipeline.ports import LanguageModel, TextDelta, Usage
from pipeline.text.reasoning import ReasoningFilter
from pipeline.text.repetition import RepetitionDetector

CHARACTERS_A_TOKEN = 4
"""Of English text, by OpenAI's rule of thumb: for requests that were called off before the provider counted."""

LOOPS = (
    "%s was ended after %d characters, as the model repeats itself; where it may, raise the policy's max_reply_repeats"
)

_log = logging.getLogger(__name__)


class ReplySource(Protocol):
    """Writes one reply."""

    def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str, None]:
        """Write the text, piece by piece. Raises ProviderError, also in mid-text; closing it frees what it uses."""
        ...


class StaticSource:
    """A text that is known."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str, None]:
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

    async def write(self, reply_id: str, emit: Callable[[ReplyEvent], None]) -> AsyncGenerator[str, None]:
        """Stream the model's answer without its reasoning. Emits ReplyWritten, and TokensUsed for each request.

        Emits ToolsRequested behind the text of an answer that is whole, for tools that were offered. The tokens of a
        request that is called off are estimated, as no provider counts them.
        """
        answer, requests = ReasoningFilter(), list[ToolRequest]()
        repetition = RepetitionDetector(self._max_repeats)
        written = 0
        is_counted = False
        try:
            with self._using():
                async with closing(self._language_model.generate(self._prompt)) as pieces:
                    async for piece in pieces:
                        match piece:
                            case TextDelta(text):
                                if not written:
                                    emit(ReplyWritten(loop_time(), reply_id))
                                written += len(text)
                                is_loop = repetition.feed(text)
                                if text := answer.feed(text):
                                    yield text
                                if is_loop:
                                    _log.warning(LOOPS, reply_id, written)
                                    return
                            case Usage(prompt_tokens, completion_tokens):
                                is_counted = True
                                emit(TokensUsed(loop_time(), reply_id, prompt_tokens, completion_tokens))
                            case ToolRequest():
                                requests.append(piece)
                            case _:
                                raise unexpected(piece, LanguageModel, "TextDelta(text), ToolRequest or Usage")
            is_counted = True  # or the provider does not count
            yield answer.flush()
            self._report(requests, reply_id, emit)
        except ProviderError:
            is_counted = True  # as above
            raise
        finally:
            if not is_counted:
                emit(self._estimated(reply_id, written))

    def _report(self, requests: list[ToolRequest], reply_id: str, emit: Callable[[ReplyEvent], None]) -> None:
        if requests and self._prompt.tools:
            emit(ToolsRequested(loop_time(), reply_id, tuple(requests)))

    def _estimated(self, reply_id: str, written: int) -> TokensUsed:
        """The tokens of a request that was called off when it had written so many characters."""
        asked = len(self._prompt.instructions) + sum(len(message.text) for message in self._prompt.messages)
        tokens = (asked // CHARACTERS_A_TOKEN, written // CHARACTERS_A_TOKEN)
        return TokensUsed(loop_time(), reply_id, *tokens, is_estimated=True)
