"""A call: asks the bot one question after the other, and listens to each answer until it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.caller.caller import RoomCaller
from bot.caller.outcome import CallLine, CallTurn, Ending
from bot.caller.presence import agents
from bot.caller.recording import Recording
from pipeline.errors import RoomError, VoiceBotError
from pipeline.wav import WavSound

POLL_DELAY = 0.1

TEXT_LIMIT_DELAY = 2.0
"""Seconds to wait for transcripts to be closed after the voice has ended."""

LEAD, TAIL = 0.1, 0.3
"""Seconds of silence kept before and after a recorded answer."""

ARRIVED = 0.8
"""Part of the audio of a silence that must have arrived; the rest is on its way."""

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long a call waits, in seconds."""

    ready_delay: float = 60.0
    """For the bot to join and to end its greeting."""
    steady_delay: float = 1.0
    """For the state "listening" to last; a bot that greets goes on to speak at once."""
    answer_delay: float = 30.0
    """From the end of a question to the beginning of its answer."""
    quiet_delay: float = 1.5
    """Of silence after which an answer has ended."""
    speech_delay: float = 120.0
    """Of one answer; a longer one is not listened to any further."""
    gone_delay: float = 3.0
    """For an absent bot to come back; a bot that reconnects is away for a moment."""


class NotReady(VoiceBotError):
    """The bot did not join, or never began to listen; the message says what to do."""


class Call:
    """Questions and answers of a caller who is in the room."""

    def __init__(
        self, caller: RoomCaller, patience: Patience | None = None, check: Callable[[], None] = lambda: None
    ) -> None:
        """`check` is called every POLL_DELAY seconds; an exception that it raises ends the call."""
        self.asked: list[tuple[float, WavSound]] = []
        """Each question with the loop time at which it began."""
        self._caller = caller
        self._patience = patience or Patience()
        self._check = check
        self._gone_since: float | None = None
        self._lines_returned = 0

    def new_lines(self) -> tuple[CallLine, ...]:
        """Return what caller and bot have said since the last call of this."""
        segments, own = self._caller.texts.segments(), self._caller.identity
        new, self._lines_returned = segments[self._lines_returned :], len(segments)
        both = (text for text in new if text.identity in (own, self._caller.heard_identity))
        lines = ((text.identity == own, text.text.strip()) for text in both)
        return tuple(CallLine(is_caller, text) for is_caller, text in lines if text)

    async def bot_listens(self) -> None:
        """Wait until audio of the bot arrives, silence included, and it listens. Raises NotReady or RoomError."""
        loop, recording, steady_delay = asyncio.get_running_loop(), self._caller.recording, self._patience.steady_delay

        def listens() -> bool:
            since, state = self._state()
            is_heard = recording.frames > 0 and loop.time() - recording.arrivals[-1] < steady_delay
            return is_heard and state == "listening" and loop.time() - since >= steady_delay

        if not await self._until(listens, self._patience.ready_delay):
            raise NotReady(self._why_not_ready())

    async def ask(self, name: str, question: WavSound) -> CallTurn:
        """Play a question and record until the bot has answered and fallen silent. Raises RoomError."""
        play = self._caller.start_playing(question.pcm, question.rate)
        await self._until(play.finished.done, None)
        began_at = play.started.result()
        self.asked.append((began_at, question))
        asked_at = began_at + question.sounding[1]
        ending = await self._answered(asked_at)
        await self._until(lambda: all(text.closed_at for text in self._caller.texts.segments()), TEXT_LIMIT_DELAY)
        recording = self._caller.recording
        first_at, answered_at = recording.onset_after(began_at), recording.onset_after(asked_at)
        return CallTurn(
            asked=name,
            transcript=self.new_lines(),
            answer=None if first_at is None else _voice(recording, first_at),
            # A sound that goes on at the end of the question began before it.
            voice_to_voice=answered_at - asked_at if answered_at and first_at and first_at > asked_at else None,
            ending=ending,
            dropouts=play.finished.result().underruns,
        )

    async def _answered(self, asked_at: float) -> Ending:
        recording = self._caller.recording
        await self._until(lambda: recording.onset_after(asked_at) or self._is_gone(), self._patience.answer_delay)
        if recording.onset_after(asked_at) is None:
            return Ending.LEFT if self._is_gone() else Ending.SILENT
        await self._until(lambda: self._is_over() or self._is_gone(), self._patience.speech_delay)
        if self._is_gone() and not self._is_over():
            return Ending.LEFT
        return Ending.ANSWERED if self._is_over() else Ending.CUT_OFF

    def _is_over(self) -> bool:
        if self._state()[1] in ("thinking", "speaking"):
            return False
        now, recording = asyncio.get_running_loop().time(), self._caller.recording
        if now - recording.arrivals[-1] > self._patience.gone_delay:
            return True  # it has stopped publishing its voice
        quiet_since = now - self._patience.quiet_delay
        arrived = (len(recording.samples) - recording.sample_at(quiet_since)) / recording.rate
        # Audio that has not arrived yet is no silence: this machine may be late.
        return arrived > ARRIVED * self._patience.quiet_delay and recording.onset_after(quiet_since) is None

    def _state(self) -> tuple[float, str]:
        """Return the bot's state and the loop time since which it has been in it."""
        states = self._caller.presence.states(self._caller.heard_identity)
        return states[-1] if states else (0.0, "")

    def _is_gone(self) -> bool:
        return self._gone_since is not None and (
            asyncio.get_running_loop().time() - self._gone_since > self._patience.gone_delay
        )

    def _look_for_the_bot(self) -> None:
        """Note since when the bot is away. Raises RoomError when the caller has lost the room."""
        caller = self._caller
        if caller.presence.lost is not None:
            raise RoomError(_why_lost(caller.presence.lost, caller.identity))
        is_there = caller.presence.is_reconnecting or caller.heard_identity in (None, *caller.room.remote_participants)
        if is_there:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = asyncio.get_running_loop().time()

    async def _until(self, condition: Callable[[], T], limit_delay: float | None) -> T | None:
        """Wait for a true result of `condition` and return it; None when there is none within the limit."""
        loop = asyncio.get_running_loop()
        give_up_at = float("inf") if limit_delay is None else loop.time() + limit_delay
        while loop.time() < give_up_at:
            self._check()
            self._look_for_the_bot()
            if result := condition():
                return result
            await asyncio.sleep(POLL_DELAY)
        return None

    def _why_not_ready(self) -> str:
        room, waited = self._caller.room, f"after {self._patience.ready_delay:g} s"
        others = ", ".join(room.remote_participants)
        if not agents(room):
            return (
                f"no bot is in the room {room.name!r} {waited}, {f'only {others}' if others else 'and nobody else'}: "
                f"start one there with python -m bot --room {room.name}, or see python -m bot rooms for where one is"
            )
        if self._caller.heard_identity not in agents(room):
            return f"the bot publishes no voice {waited} (in the room: {others}): see its log"
        state = self._state()[1]
        if state == "listening":
            return f"no audio of the bot arrives {waited}: check that firewalls let UDP through, and see its log"
        return f"the bot does not listen {waited} (its state is {state!r}): start it with --log-level info to see why"


def _voice(recording: Recording, first_at: float) -> WavSound:
    """Return the recording from the first sound to the last, with LEAD and TAIL seconds of silence."""
    start = recording.sample_at(first_at - LEAD)
    heard = WavSound(recording.samples[start:], recording.rate)
    end = round((heard.sounding[1] + TAIL) * heard.rate)
    return WavSound(heard.pcm[:end], heard.rate)


def _why_lost(reason: str, identity: str) -> str:
    if reason == "DUPLICATE_IDENTITY":
        return f"another participant joined as {identity!r} and replaced the caller: choose another --identity"
    return f"the caller was disconnected ({reason}): the room has ended, or the connection to the server is gone"
