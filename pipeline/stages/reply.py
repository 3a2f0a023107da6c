"""The brain's stage: one reply from what it is made of, a text or a request to the language model, to its audio."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from pipeline.clock import loop_time
from pipeline.commands import StaticText
from pipeline.errors import ProviderError
from pipeline.events import ReplyDelayed, ReplyEvent, ReplyFailed, ReplyReady, ReplyWritten, TokensUsed
from pipeline.messages import Prompt, ToolRequest
from pipeline.port_check import unexpected
from pipeline.ports import LanguageModel, Synthesizer, TextDelta, Usage
from pipeline.resilience.availability import Health
from pipeline.resilience.budget import Budget
from pipeline.resilience.llm import RetryingLanguageModel
from pipeline.resilience.tts import SpeechAttempts
from pipeline.stages.playout import Playout
from pipeline.stages.speak import SpokenReply
from pipeline.text.reasoning import ReasoningFilter

_log = logging.getLogger(__name__)


class Reply:
    """Made by `run` while it may still be unheard; what of it was heard is known at any time."""

    def __init__(
        self,
        reply_id: str,
        source: StaticText | Prompt,
        *,
        language_model: LanguageModel | None,
        synthesizer: Synthesizer,
        playout: Playout,
        emit: Callable[[ReplyEvent], None],
        health: Health,
        temperature: float | None = None,
        speak: bool = True,
    ) -> None:
        budget = Budget(health.budget)
        self.reply_id = reply_id
        self.failure: ProviderError | None = None
        """Why its rest is missing."""
        self.began_at: float | None = None
        """Loop time when its first sample left for the room."""
        self._source = source
        self._language_model = (
            RetryingLanguageModel(language_model, budget, health.language_model) if language_model is not None else None
        )
        self._temperature = temperature
        self._emit = emit
        attempts = SpeechAttempts(synthesizer, budget, health.synthesizer, self._on_wait)
        self._spoken = SpokenReply(reply_id, attempts, playout, self._on_first_audio)
        self._shown = ""  # what was reported as written while the voice is away
        self._may_speak = asyncio.Event()
        if speak:
            self._may_speak.set()
        self._text: asyncio.Queue[str | None] = asyncio.Queue()  # unbounded: the text of one reply, which is bounded
        self._task: asyncio.Task[None] | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        """Make it, in a task of `group`."""
        self._task = group.create_task(self.run(), name=self.reply_id)

    def abandon(self) -> None:
        """Stop making it, without waiting for that; nothing more is told of it."""
        self._emit = _ignore
        if self._task is not None:
            self._task.cancel()

    def speak(self) -> None:
        """Let the text become audio, if it was not to do so from the start."""
        self._may_speak.set()

    @property
    def played(self) -> int:
        """Samples of it that have been played, while it is on air."""
        return self._spoken.played

    def heard(self, played: int | None = None) -> str:
        """The written text that was heard when `played` samples were; of all of them without a number."""
        return self._spoken.heard(self._spoken.made if played is None else played)

    def grows_after(self, played: int) -> float | None:
        """Seconds of audio behind `played` samples after which more is heard; None when that is not known yet."""
        return self._spoken.grows_after(played)

    def is_whole(self, played: int) -> bool:
        """Whether nothing of it is missing, and every word of it was heard when `played` samples were."""
        return self.failure is None and self._spoken.is_whole(played)

    async def run(self) -> None:
        """Make the reply. Failures are reported by `failure`, and by ReplyFailed when there is nothing to play.

        Raises a ProviderError that ends the bot.
        """
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write())
            failure = await self._spoken.run(self._spoken_text(writing))
            self.failure = self.failure or failure  # before anything can await: playout may tell the end at any time
            writing.cancel()
        if self.failure is not None and self.failure.ends_bot:
            raise self.failure
        if not self._spoken.made:
            error = str(self.failure or "the reply is empty: there is nothing to speak in it")
            self._emit(ReplyFailed(loop_time(), self.reply_id, error))
        elif self.failure is not None:
            _log.warning("%s breaks off: %s", self.reply_id, self.failure)

    async def _write(self) -> None:
        """The text, as it comes; it breaks off where the model does, and what there is by then is spoken."""
        if isinstance(self._source, StaticText):
            self._text.put_nowait(self._source.text)
        else:
            try:
                await self._generate(self._source)
            except ProviderError as error:
                self.failure = error
        self._text.put_nowait(None)

    async def _generate(self, source: Prompt) -> None:
        assert self._language_model is not None, "the reducer asks for no generated reply without a language model"
        prompt = replace(source, temperature=self._temperature)
        answer = ReasoningFilter()
        is_first = True
        async with aclosing(self._language_model.generate(prompt)) as pieces:
            async for piece in pieces:
                match piece:
                    case TextDelta(text):
                        if is_first:
                            is_first = False
                            self._emit(ReplyWritten(loop_time(), self.reply_id))
                        if text := answer.feed(text):
                            self._text.put_nowait(text)
                    case Usage(prompt_tokens, completion_tokens):
                        self._emit(TokensUsed(loop_time(), self.reply_id, prompt_tokens, completion_tokens))
                    case ToolRequest():
                        pass  # none was offered
                    case _:
                        raise unexpected(piece, LanguageModel, "TextDelta(text), ToolRequest or Usage")
        if rest := answer.flush():
            self._text.put_nowait(rest)

    async def _spoken_text(self, writing: asyncio.Task[None]) -> AsyncGenerator[str, None]:
        """What is written, as soon as it may be spoken; nothing more is written when no more of it is wanted."""
        try:
            await self._may_speak.wait()
            while (text := await self._text.get()) is not None:
                yield text
        finally:
            writing.cancel()

    def _on_first_audio(self) -> None:
        self._emit(ReplyReady(loop_time(), self.reply_id))

    def _on_wait(self, error: ProviderError) -> None:
        if (text := self._spoken.text.written.strip()) != self._shown:
            self._shown = text
            self._emit(ReplyDelayed(loop_time(), self.reply_id, text, str(error)))


def _ignore(event: ReplyEvent) -> None:
    """What a reply tells that is no longer wanted."""
