"""Requests of the embedding program to a session, and the calls that wait for a reply."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from pipeline import events
from pipeline.clock import loop_time
from pipeline.errors import ProviderError, VoiceBotError
from pipeline.events import Request, SpeechRequest
from pipeline.messages import Tool
from pipeline.ports import AgentParts


@dataclass(frozen=True, slots=True)
class SpeechOutcome:
    """The outcome of a reply. `began_at` is the loop time at which it began to be heard, None when it never was."""

    heard: str
    is_cut: bool
    began_at: float | None = None
    is_dropped: bool = False
    """The person whom it was for had left before any of it was heard."""


class Requests:
    """Turns the program's calls into events, and returns when the reply that was asked for is over."""

    def __init__(self, dispatch: Callable[[Request], None], parts: AgentParts, max_characters: int) -> None:
        """Refuse what cannot be done without one of these parts, and texts of more than `max_characters`."""
        self._dispatch = dispatch
        self._max_characters = max_characters
        self._has_voice, self._has_language_model = parts.synthesizer is not None, parts.language_model is not None
        self._has_tools = parts.tools is not None
        self._handles = SpeechHandles()

    async def say(self, text: str, *, is_interruptible: bool = True) -> SpeechOutcome:
        """Speak a text once someone is there and nobody else speaks; returns when it was played or cut.

        Cancelling breaks it off. Raises ProviderError when not all of it could be made; what was made has been played
        then. Raises VoiceBotError without a synthesizer, and for a text longer than `Policy.max_reply_characters`. The
        call is cancelled when the session ends before the text has had its turn.
        """
        self._check_voice()
        self._check_length(text)
        return await self._speak(events.SayRequested(loop_time(), self._handles.new(), text, is_interruptible))

    def queue_text(self, text: str) -> None:
        """Have a text spoken as by `say`, without waiting for that. Raises VoiceBotError as `say`."""
        self._check_voice()
        self._check_length(text)
        self._dispatch(events.SayRequested(loop_time(), self._handles.new_id(), text))

    def queue_reply(self, instructions: str = "") -> None:
        """Have the language model speak as by `generate_reply`, without waiting for that. Raises VoiceBotError so."""
        self._check_language_model()
        self._dispatch(events.ReplyRequested(loop_time(), self._handles.new_id(), instructions))

    async def generate_reply(self, instructions: str = "", *, is_interruptible: bool = True) -> SpeechOutcome:
        """Have the language model speak without waiting for the person; otherwise like `say`.

        Returns when what it said before its calls of tools is over; what it says to their results is another reply.
        """
        self._check_language_model()
        reply_id = self._handles.new()
        return await self._speak(events.ReplyRequested(loop_time(), reply_id, instructions, is_interruptible))

    def interrupt(self) -> None:
        """Break off what is on air, now."""
        self._dispatch(events.InterruptRequested(loop_time()))

    def update_instructions(self, instructions: str) -> None:
        """Replace the language model's instructions. An answer that nobody has heard yet is made anew."""
        self._dispatch(events.InstructionsChanged(loop_time(), instructions))

    def update_tools(self, tools: tuple[Tool, ...]) -> None:
        """Replace the tools that the language model may call. Raises VoiceBotError in a session that can run none."""
        if not self._has_tools:
            raise VoiceBotError("this bot runs no tools: give its session a ToolRunner (tools)")
        self._dispatch(events.ToolsChanged(loop_time(), tools))

    def set_auto_reply(self, is_on: bool) -> None:
        """Set whether the bot answers what the person says, or speaks only on request."""
        self._dispatch(events.AnsweringChanged(loop_time(), is_on))

    def resolve(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Return the outcome of a reply to the call that waits for it, if there is one."""
        self._handles.resolve(reply_id, outcome, failure)

    def close(self) -> None:
        """Cancel all calls that wait, and refuse new ones."""
        self._handles.close()

    def _check_length(self, text: str) -> None:
        if len(text) > self._max_characters:
            raise VoiceBotError(
                f"a text of {len(text)} characters is too long: say at most {self._max_characters} at once, or raise "
                "the policy's max_reply_characters"
            )

    def _check_language_model(self) -> None:
        self._check_voice()
        if not self._has_language_model:
            raise VoiceBotError("this bot has no language model: give it one (llm), or say a text of your own")

    def _check_voice(self) -> None:
        if not self._has_voice:
            raise VoiceBotError("this bot has no voice: give it a speech synthesizer (tts)")

    async def _speak(self, request: SpeechRequest) -> SpeechOutcome:
        try:
            self._dispatch(request)
            return await self._handles.outcome(request.reply_id)
        except asyncio.CancelledError:
            self._dispatch(events.SayCancelled(loop_time(), request.reply_id))
            raise


class SpeechHandles:
    """The replies that were asked for and are not over yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[SpeechOutcome]] = {}
        self._numbers = count(1)
        self._is_closed = False

    def new(self) -> str:
        """Return the id of one more reply that is waited for. Raises VoiceBotError when the session has ended."""
        reply_id = self.new_id()
        self._waiting[reply_id] = asyncio.get_running_loop().create_future()
        return reply_id

    def new_id(self) -> str:
        """Return the id of one more reply. Raises VoiceBotError when the session has ended."""
        if self._is_closed:
            raise VoiceBotError("the session has ended: nothing can be said in it any more")
        return f"say-{next(self._numbers)}"

    async def outcome(self, reply_id: str) -> SpeechOutcome:
        """Wait for the reply. Raises ProviderError when not all of it could be made; is cancelled by `close`."""
        try:
            return await self._waiting[reply_id]
        finally:
            del self._waiting[reply_id]

    def resolve(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Wake the call that waits for the reply. A cut is no failure. Other replies are ignored."""
        waiting = self._waiting.get(reply_id)
        if waiting is None or waiting.done():
            return
        if failure is not None and not outcome.is_cut:
            waiting.set_exception(failure)
        else:
            waiting.set_result(outcome)

    def close(self) -> None:
        """Cancel all that wait; there will be no more replies."""
        self._is_closed = True
        for waiting in self._waiting.values():
            waiting.cancel()
