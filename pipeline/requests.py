"""Requests of the embedding program to a session, and the calls that wait for a reply."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
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

        When it calls tools, this returns once the answer to their results is over, with what was heard of all of it.
        When the person has spoken meanwhile, one answer is for both.
        """
        self._check_language_model()
        reply_id = self._handles.new(has_parts=True)
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

    def attribute(self, reply_id: str, continues: frozenset[str]) -> None:
        """Note that a reply goes on with replies that were asked for: what is heard of it is heard of them."""
        self._handles.attribute(reply_id, continues)

    def resolve(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Return the outcome of a text to the call that waits for it; keep that of a part until `finish`."""
        self._handles.resolve(reply_id, outcome, failure)

    def finish(self, reply_id: str) -> None:
        """Return the outcome of all parts of a generated reply to the call that waits for it."""
        self._handles.finish(reply_id)

    def close(self, *, is_broken: bool = False) -> None:
        """End all calls that wait, and refuse new ones: with what was heard of a reply, else they are cancelled."""
        self._handles.close(is_broken=is_broken)

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


@dataclass(slots=True)
class _Waiting:
    """A call that waits for a reply."""

    done: "asyncio.Future[SpeechOutcome]"
    has_parts: bool
    """More than one reply may belong to it: it is over when that is said."""
    parts: list[SpeechOutcome] = field(default_factory=list)
    failure: ProviderError | None = None

    def take(self, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Take the outcome of one part. A cut is no failure."""
        self.parts.append(outcome)
        if not outcome.is_cut:
            self.failure = self.failure or failure

    def finish(self, *, is_cut: bool = False) -> None:
        """Wake the call."""
        if self.done.done():
            return
        if self.failure is not None:
            self.done.set_exception(self.failure)
        else:
            self.done.set_result(_whole(self.parts, is_cut=is_cut))


class SpeechHandles:
    """The replies that were asked for and are not over yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._continued: dict[str, frozenset[str]] = {}
        """By the id of a reply that is being made: the replies that it goes on with."""
        self._numbers = count(1)
        self._is_closed = False

    def new(self, *, has_parts: bool = False) -> str:
        """Return the id of one more reply that is waited for. Raises VoiceBotError when the session has ended."""
        reply_id = self.new_id()
        self._waiting[reply_id] = _Waiting(asyncio.get_running_loop().create_future(), has_parts)
        return reply_id

    def new_id(self) -> str:
        """Return the id of one more reply. Raises VoiceBotError when the session has ended."""
        if self._is_closed:
            raise VoiceBotError("the session has ended: nothing can be said in it any more")
        return f"say-{next(self._numbers)}"

    async def outcome(self, reply_id: str) -> SpeechOutcome:
        """Wait for the reply. Raises ProviderError when not all of it could be made; is cancelled by `close`."""
        try:
            return await self._waiting[reply_id].done
        finally:
            del self._waiting[reply_id]

    def attribute(self, reply_id: str, continues: frozenset[str]) -> None:
        """Note what a reply goes on with."""
        if continues & self._waiting.keys():
            self._continued[reply_id] = continues

    def resolve(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Take the outcome of a reply, and wake the call that waits for it alone. Other replies are ignored."""
        for waiting_id in {reply_id, *self._continued.pop(reply_id, ())}:
            if (waiting := self._waiting.get(waiting_id)) is not None:
                waiting.take(outcome, failure)
                if not waiting.has_parts:
                    waiting.finish()

    def finish(self, reply_id: str) -> None:
        """Wake the call that waits for a reply with parts."""
        if (waiting := self._waiting.get(reply_id)) is not None:
            waiting.finish()

    def close(self, *, is_broken: bool) -> None:
        """Wake all that wait, where something was heard and nothing is broken; there will be no more replies."""
        self._is_closed = True
        for waiting in self._waiting.values():
            if waiting.parts and not is_broken:
                waiting.finish(is_cut=True)
            else:
                waiting.done.cancel()


def _whole(parts: list[SpeechOutcome], *, is_cut: bool) -> SpeechOutcome:
    """The outcome of several replies in a row; without any, as of a text that was never begun."""
    return SpeechOutcome(
        " ".join(part.heard for part in parts if part.heard),
        is_cut=is_cut or any(part.is_cut for part in parts),
        began_at=next((part.began_at for part in parts if part.began_at is not None), None),
        is_dropped=bool(parts) and all(part.is_dropped for part in parts),
    )
