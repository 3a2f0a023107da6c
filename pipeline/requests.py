"""Requests of the embedding program to a session."""

import asyncio
from collections.abc import Callable

from pipeline import events
from pipeline.clock import loop_time
from pipeline.errors import VoiceBotError
from pipeline.events import Request, SpeechRequest
from pipeline.messages import Tool
from pipeline.ports import AgentParts
from pipeline.speech_handles import SpeechHandles, SpeechOutcome


class Requests:
    """Turns the program's calls into events, and returns when the reply that was asked for is over."""

    def __init__(self, dispatch: Callable[[Request], None], parts: AgentParts, max_characters: int) -> None:
        """Refuse what cannot be done without one of these parts, and texts of more than `max_characters`."""
        self._dispatch = dispatch
        self._max_characters = max_characters
        self._has_voice, self._has_language_model = parts.synthesizer is not None, parts.language_model is not None
        self._has_tools = parts.tools is not None
        self.handles = SpeechHandles()
        """The replies that were asked for and are not over."""

    async def say(self, text: str, *, is_interruptible: bool = True) -> SpeechOutcome:
        """Speak a text once someone is there and nobody else speaks; returns when it was played or cut.

        Cancelling breaks it off. Raises ProviderError when not all of it could be made; what was made has been played
        then. Raises VoiceBotError without a synthesizer, and for a text longer than `Policy.max_reply_characters`. The
        call is cancelled when the session ends before the text has had its turn.
        """
        self._check_voice()
        self._check_length(text)
        return await self._speak(events.SayRequested(loop_time(), self.handles.new(), text, is_interruptible))

    def queue_text(self, text: str) -> None:
        """Have a text spoken as by `say`, without waiting for that. Raises VoiceBotError as `say`."""
        self._check_voice()
        self._check_length(text)
        self._dispatch(events.SayRequested(loop_time(), self.handles.new_id(), text))

    def queue_reply(self, instructions: str = "") -> None:
        """Have the language model speak as by `generate_reply`, without waiting for that. Raises VoiceBotError so."""
        self._check_language_model()
        self._dispatch(events.ReplyRequested(loop_time(), self.handles.new_id(), instructions))

    async def generate_reply(self, instructions: str = "", *, is_interruptible: bool = True) -> SpeechOutcome:
        """Have the language model speak without waiting for the person; otherwise like `say`.

        When it calls tools, this returns once the answer to their results is over, with what was heard of all of it.
        When the person has spoken meanwhile, one answer is for both.
        """
        self._check_language_model()
        reply_id = self.handles.new(has_parts=True)
        return await self._speak(events.ReplyRequested(loop_time(), reply_id, instructions, is_interruptible))

    def interrupt(self) -> None:
        """Break off what is on air, now."""
        self._dispatch(events.InterruptRequested(loop_time()))

    def update_instructions(self, instructions: str, *, lasts: bool = True) -> None:
        """Replace the language model's instructions, or those for this conversation alone (`lasts`).

        An answer that nobody has heard yet is made anew.
        """
        self._dispatch(events.InstructionsChanged(loop_time(), instructions, lasts))

    def update_tools(self, tools: tuple[Tool, ...]) -> None:
        """Replace the tools that the language model may call. Raises VoiceBotError in a session that can run none."""
        if not self._has_tools:
            raise VoiceBotError("this bot runs no tools: give its session a ToolRunner (tools)")
        self._dispatch(events.ToolsChanged(loop_time(), tools))

    def set_auto_reply(self, is_on: bool) -> None:
        """Set whether the bot answers what the person says, or speaks only on request."""
        self._dispatch(events.AnsweringChanged(loop_time(), is_on))

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
            return await self.handles.outcome(request.reply_id)
        except asyncio.CancelledError:
            self._dispatch(events.SayCancelled(loop_time(), request.reply_id))
            raise
