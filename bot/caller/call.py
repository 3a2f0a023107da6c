"""A call: questions to the bot, one after the other, each to the end of its answer."""

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
"""Seconds that transcripts get to end after the voice."""

LEAD, TAIL = 0.1, 0.3
"""Seconds of silence that are kept around an answer."""

ARRIVED = 0.8
"""Part of a silence that must have been heard: the rest is on its way."""

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long a call waits for what, in seconds."""

    ready_delay: float = 60.0
    """For the bot to come, and to end its greeting."""
    steady_delay: float = 1.0
    """It must have been listening for so long: one that greets goes on to speak at once."""
    answer_delay: float = 30.0
    """From the end of a question to the beginning of its answer."""
    quiet_delay: float = 1.5
    """After so much silence an answer is over."""
    speech_delay: float = 120.0
    """An answer is not listened to any further."""
    gone_delay: float = 3.0
    """After so long a bot that is not in the room has left; one that reconnects is away for a moment."""


class NotReady(VoiceBotError):
    """The bot did not come, or never began to listen; the message says what to do."""


class Call:
    """Asks through a caller that is in the room."""

    def __init__(
        self, caller: RoomCaller, patience: Patience | None = None, check: Callable[[], None] = lambda: None
    ) -> None:
        """`check` is called all the time, and what it raises ends the call."""
        self.asked: list[tuple[float, WavSound]] = []
        """Each question, and the loop time at which it began."""
        self._caller = caller
        self._patience = patience or Patience()
        self._check = check
        self._gone_since: float | None = None
        self._lines_told = 0

    def news(self) -> tuple[CallLine, ...]:
        """What the caller and the bot have said since this was asked last."""
        segments, own = self._caller.texts.segments(), self._caller.identity
        new, self._lines_told = segments[self._lines_told :], len(segments)
        both = (text for text in new if text.identity in (own, self._caller.heard_identity))
        lines = ((text.identity == own, text.text.strip()) for text in both)
        return tuple(CallLine(is_custom, text) for is_custom, text in lines if text)

    async def bot_listens(self) -> None:
        """Wait until the bot is heard (its silence, too), and listens. Raises NotReady, or RoomError."""
        loop, recording, steady_delay = asyncio.get_running_loop(), self._caller.recording, self._patience.steady_delay

        def listens() -> bool:
            since, state = self._state()
            is_heard = recording.frames > 0 and loop.time() - recording.arrivals[-1] < steady_delay
            return is_heard and state == "listening" and loop.time() - since >= steady_delay

        if not await self._until(listens, self._patience.ready_delay):
            raise NotReady(self._why_not_ready())

    async def ask(self, name: str, question: WavSound) -> CallTurn:
        """Play a question, and listen until the bot has answered and fallen silent. Raises RoomError."""
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
            transcript=self.news(),
            answer=None if first_at is None else _voice(recording, first_at),
            # A sound that goes on at the end of the question began before it.
            voice_to_voice=answered_at - asked_at if answered_at and first_at and first_at > asked_at else None,
            ending=ending,
            holes=play.finished.result().underruns,
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
            return True  # it publishes no voice any more
        quiet_since = now - self._patience.quiet_delay
        arrived = (len(recording.samples) - recording.sample_at(quiet_since)) / recording.rate
        # What has not come yet is no silence: this machine may be late.
        return arrived > ARRIVED * self._patience.quiet_delay and recording.onset_after(quiet_since) is None

    def _state(self) -> tuple[float, str]:
        """The bot's state, and the loop time since which it is so."""
        states = self._caller.presence.states(self._caller.heard_identity)
        return states[-1] if states else (0.0, "")

    def _is_gone(self) -> bool:
        return self._gone_since is not None and (
            asyncio.get_running_loop().time() - self._gone_since > self._patience.gone_delay
        )

    def _look_for_the_bot(self) -> None:
        """Note since when it is away. Raises RoomError when it is the caller who is."""
        caller = self._caller
        if caller.presence.lost is not None:
            raise RoomError(_why_lost(caller.presence.lost, caller.identity))
        is_there = caller.presence.is_reconnecting or caller.heard_identity in (None, *caller.room.remote_participants)
        if is_there:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = asyncio.get_running_loop().time()

    async def _until(self, condition: Callable[[], T], limit_delay: float | None) -> T | None:
        """The first result of `condition` that is true; None when there is none within the limit."""
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
            who = f"only {others} and no bot is" if others else "nobody else is"
            return (
                f"{who} in the room {room.name!r} {waited}: start a bot there with "
                f"python -m bot --room {room.name}, or see python -m bot rooms for where one is"
            )
        if self._caller.heard_identity not in agents(room):
            return f"the bot publishes no voice {waited}, in the room are {others}: see its log"
        state = self._state()[1]
        if state == "listening":
            return f"no sound of the bot arrives {waited}: check that firewalls let UDP through, and see its log"
        return f"the bot does not listen {waited} (its state is {state!r}): add --log-level info to see what it does"


def _voice(recording: Recording, first_at: float) -> WavSound:
    """The recording from the first sound to the last, with a little silence around."""
    start = recording.sample_at(first_at - LEAD)
    heard = WavSound(recording.samples[start:], recording.rate)
    end = round((heard.sounding[1] + TAIL) * heard.rate)
    return WavSound(heard.pcm[:end], heard.rate)


def _why_lost(reason: str, identity: str) -> str:
    if reason == "DUPLICATE_IDENTITY":
        return f"somebody else joined as {identity!r} and took the caller's place: choose another --identity"
    return f"the caller was disconnected ({reason}): the room has ended, or the connection to the server is gone"
