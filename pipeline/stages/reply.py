"""One reply, from its source to its audio."""

import asyncio
import logging
from collections.abc import Callable

from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.current_reply import CURRENT_REPLY
from pipeline.errors import ProviderError
from pipeline.events import (
    CharactersUsed,
    ReplyChunked,
    ReplyDelayed,
    ReplyEvent,
    ReplyFailed,
    ReplyReady,
    TokensUsed,
    ToolsRequested,
)
from pipeline.ports import Synthesizer
from pipeline.resilience.availability import Availability
from pipeline.resilience.budget import Budget
from pipeline.resilience.tts import SpeechAttempts
from pipeline.speech import WordTime
from pipeline.stages.playout import Playout
from pipeline.stages.reply_source import ReplySource
from pipeline.stages.reply_text import ReplyText
from pipeline.stages.speak import SpokenReply
from pipeline.text.spoken.verbalizer import AS_WRITTEN, Verbalizer

_log = logging.getLogger(__name__)


class Reply:
    """Made by `run` while it may still be unheard; what was heard of it is known at any time."""

    def __init__(
        self,
        reply_id: str,
        source: ReplySource,
        *,
        synthesizer: Synthesizer,
        playout: Playout,
        emit: Callable[[ReplyEvent | ReplyChunked | CharactersUsed], None],
        budget: Budget,
        availability: Availability,
        max_characters: int,
        is_on_air: Callable[[], bool] = lambda: False,
        verbalizer: Verbalizer = AS_WRITTEN,
        to_read: str = "",
        speak: bool = True,
    ) -> None:
        """Make a reply of `source`; all its providers together may keep the person waiting for `budget`.

        `availability` is the synthesizer's. The text ends with the sentence that goes beyond `max_characters`. With
        `speak` false only the text is written, until `speak` is called. `to_read` is said when all of it is only to be
        read. On air it does not wait for the voice, but ends: `rest` is then to be said anew.
        """
        self.reply_id = reply_id
        self.began_at: float | None = None
        """Loop time when its first sample left for the room."""
        self._source = source
        self._emit, self._is_on_air, self._playout = emit, is_on_air, playout
        self._voice = SpeechAttempts(synthesizer, budget, availability, self._on_wait)
        self._spoken = SpokenReply(
            reply_id,
            self._voice,
            playout,
            self._on_first_audio,
            on_spoken=self._on_spoken,
            text=ReplyText(reply_id, max_characters, verbalizer, to_read, self._on_first_chunk),
            may_speak=speak,
        )
        self._shown = ""  # the text that was reported as written while the voice is away
        self._calls_tools = self._is_stopped = False
        self._is_abandoned = False
        self.task: asyncio.Task[None] | None = None

    @property
    def failure(self) -> ProviderError | None:
        """Why its rest is missing."""
        return self._spoken.failure

    def start(self, children: TaskStarter) -> None:
        """Make it, in a task that `children` starts."""
        self.task = children.create_task(self.run(), name=self.reply_id)

    def abandon(self) -> None:
        """Stop making it, without waiting for that; nothing more is emitted of it but what it has cost."""
        self._is_abandoned = True
        if self.task is not None:
            self.task.cancel()

    def speak(self) -> None:
        """Let the text become audio, if it was not to do so from the start."""
        self._spoken.speak()

    @property
    def played(self) -> int:
        """Samples of it that have been played, while it is on air."""
        return self._playout.played(self.reply_id)

    def heard(self, played: int | None = None) -> str:
        """Return the text that was heard when `played` samples were; of all of them without a number.

        A note stands in place of what is only to be read, such as a block of code.
        """
        return self._spoken.heard(self._spoken.made if played is None else played)

    def words(self, played: int | None = None) -> tuple[WordTime, ...]:
        """Return the words that were heard by then, as written, in seconds of its audio."""
        return self._spoken.words(self._spoken.made if played is None else played)

    def shown(self, played: int | None = None) -> str:
        """Return the written text up to there, with all that is only to be read."""
        return self._spoken.heard(self._spoken.made if played is None else played, in_full=True)

    def unheard(self, played: int | None = None) -> str:
        """Return what was written behind the text that `shown` returns."""
        shown, written = self.shown(played), self._spoken.text.written.strip()
        return written[len(shown) :].strip() if written.startswith(shown) else ""

    def rest(self, played: int | None = None) -> str:
        """Return the same once all of it is written; empty before, and where more is missing than the voice."""
        is_only_unsaid = self.failure is None or self._is_stopped
        return self.unheard(played) if self._spoken.text.is_written and is_only_unsaid else ""

    def grows_after(self, played: int) -> float | None:
        """Return the seconds of audio behind `played` samples after which more is heard; None when unknown yet."""
        return self._spoken.grows_after(played)

    def is_whole(self, played: int) -> bool:
        """Whether nothing of it is missing, and every word of it was heard when `played` samples were."""
        return self.failure is None and self._spoken.is_whole(played)

    async def run(self) -> None:
        """Make the reply. Failures are reported by `failure`, and by ReplyFailed when there is nothing to play.

        One that does nothing but call tools is ready when it is whole.
        """
        CURRENT_REPLY.set(self.reply_id)
        CURRENT_REPLY.set(self.reply_id)
        try:
            await self._spoken.run(self._source.write(self.reply_id, self._report))
        finally:
            if characters := self._voice.characters:
                self._report(CharactersUsed(loop_time(), self.reply_id, characters))
        if self._is_silent:
            return
        if not self._spoken.made:
            error = str(self.failure or "the reply is empty: there is nothing to speak in it")
            self._report(ReplyFailed(loop_time(), self.reply_id, error))
        elif self.failure is not None:
            _log.warning("%s breaks off: %s", self.reply_id, self.failure)

    def _report(self, event: ReplyEvent | ReplyChunked | CharactersUsed) -> None:
        self._calls_tools |= isinstance(event, ToolsRequested)
        if not self._is_abandoned or isinstance(event, TokensUsed | CharactersUsed):
            self._emit(event)

    @property
    def _is_silent(self) -> bool:
        """Whether it does nothing but call tools."""
        return not self._spoken.made and self._calls_tools and self.failure is None

    def _on_spoken(self) -> None:
        if self._is_silent:
            self._report(ReplyReady(loop_time(), self.reply_id, is_silent=True))

    def _on_first_chunk(self) -> None:
        self._report(ReplyChunked(loop_time(), self.reply_id))

    def _on_first_audio(self) -> None:
        self._report(ReplyReady(loop_time(), self.reply_id))

    def _on_wait(self, error: ProviderError) -> bool:
        if self._is_on_air():
            self._is_stopped = True
            return False
        if (text := self._spoken.text.written.strip()) != self._shown:
            self._shown = text
            self._report(ReplyDelayed(loop_time(), self.reply_id, text, str(error)))
        return True
