"""What a program does in its bot's conversation: have it speak, listen, and change what it says and may do."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.bot_run import BotRun
from bot.conversation_record import ConversationRecord
from bot.results import Answer, SpeechResult, UserTurn
from pipeline.session import Session
from pipeline.speech_handles import SpeechOutcome

if TYPE_CHECKING:
    from bot.tools.decorator import FunctionTool


class Conversation:
    """The base of `VoiceBot` that speaks and listens."""

    def __init__(self, run: BotRun, record: ConversationRecord) -> None:
        self._run, self._record = run, record

    async def say(self, text: str, *, interruptible: bool = True) -> SpeechResult:
        """Speak a text once a person is there and nobody speaks; returns when it was played or interrupted.

        Cancelling breaks it off. Raises RoomClosed, ProviderError.
        """
        outcome = await self._say(text, interruptible)
        return SpeechResult(text, outcome.heard, outcome.is_cut)

    async def listen(self, timeout: float | None = None) -> UserTurn:
        """Return the person's oldest turn that was not returned before.

        After `timeout` seconds without one, return what they have said so far of a turn that goes on; the next call
        returns the whole turn. Raises RoomClosed when the room ends before they have spoken.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while (message := self._record.turns.take()) is None:
                    await self._run.until_ended(self._record.turns.wait())
                return UserTurn(message.text, is_over=True)
        return UserTurn(self._session.state.turn.text, is_over=False)

    async def ask(self, text: str, timeout: float | None = None, *, interruptible: bool = True) -> Answer:
        """Speak a question and listen to the answer for `timeout` seconds, counted from the end of the question.

        Waits for a person as `say` does. What was said before the question was heard is skipped, and stays in the
        history. An answer that begins before the question has ended breaks it off. Raises RoomClosed, ProviderError.
        """
        outcome = await self._say(text, interruptible)
        if outcome.began_at is not None:
            self._record.turns.skip_before(outcome.began_at)
        heard = UserTurn("", is_over=False) if outcome.is_dropped else await self.listen(timeout)
        return Answer(SpeechResult(text, outcome.heard, outcome.is_cut), heard.text, heard.is_over)

    async def generate_reply(self, instructions: str = "", *, interruptible: bool = True) -> SpeechResult:
        """Have the language model speak, without waiting for the person; `instructions` are for this reply alone.

        When it calls tools, this returns once the answer to their results is over, with what was heard of all of it.
        Raises RoomClosed, ProviderError, and VoiceBotError without a language model.
        """
        self._run.log_awaited()
        outcome = await self._run.until_ended(
            self._session.requests.generate_reply(instructions, is_interruptible=interruptible)
        )
        return SpeechResult(outcome.heard, outcome.heard, outcome.is_cut)

    def interrupt(self) -> None:
        """Break off what the bot is saying, now; its `say` returns what was heard."""
        self._session.requests.interrupt()

    def update_instructions(self, instructions: str) -> None:
        """Replace the language model's instructions, from the next answer on that nobody has heard yet."""
        self._session.requests.update_instructions(instructions)

    def update_tools(self, tools: "Iterable[FunctionTool[..., Any] | str]") -> None:
        """Replace the functions of the agent that leads, from the next answer on that nobody has heard yet.

        Tools of MCP servers and webhooks stay. Raises SettingsError with every fault.
        """
        self._run.parts.agents.update_tools(tools)

    def set_auto_reply(self, is_on: bool) -> None:
        """Set whether the bot answers what people say, or leaves that to your program."""
        self._session.requests.set_auto_reply(is_on)

    async def _say(self, text: str, interruptible: bool) -> SpeechOutcome:
        self._run.log_awaited()
        return await self._run.until_ended(self._session.requests.say(text, is_interruptible=interruptible))

    @property
    def _session(self) -> Session:
        return self._run.parts.session
