"""The course of `python -m bot dial`: the bot calls one telephone, talks, and is done when the call is over."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.process.exit_codes import ExitCode
from bot.telephony.call_failure import CallFailed, CallFailure
from bot.telephony.outgoing_call import OutgoingCall
from bot.voicebot import VoiceBot
from pipeline.clock import loop_time
from pipeline.events import EndCallRequested, ParticipantDisconnected, PersonLeft, PersonLinked

LINK_DELAY = 10.0
"""Seconds from the answer until the telephone has to be linked: its attribute says `active` at the same moment."""

_EXIT_CODES = {
    CallFailure.NO_ANSWER: ExitCode.NO_ANSWER,
    CallFailure.BUSY: ExitCode.BUSY,
    CallFailure.DECLINED: ExitCode.DECLINED,
    CallFailure.WRONG_NUMBER: ExitCode.WRONG_NUMBER,
    CallFailure.NO_TRUNK: ExitCode.SETTINGS,
    CallFailure.REFUSED: ExitCode.SETTINGS,
    CallFailure.CARRIER: ExitCode.ROOM,
    CallFailure.SERVER: ExitCode.ROOM,
}


@dataclass(frozen=True, slots=True)
class DialOutcome:
    """What came of a call; `duration` is seconds from the answer to the end, None for a call that was not answered."""

    call: OutgoingCall
    room: str
    code: ExitCode
    duration: float | None
    failure: CallFailed | None

    def __str__(self) -> str:
        if self.failure is not None:
            return str(self.failure)
        if self.duration is None:
            return f"{self.call.number} was not reached: the bot ended before an answer"
        return f"{self.call.number} has answered, and the call took {self.duration:.0f} s"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "number": self.call.number,
            "room": self.room,
            "identity": self.call.identity,
            "answered": self.duration is not None,
            "duration": None if self.duration is None else round(self.duration, 1),
            "reason": self.failure.reason.name.lower() if self.failure is not None else None,
            "sip_status": (self.failure.status or None) if self.failure is not None else None,
            "exit_code": int(self.code),
        }


class Dialing:
    """One call of one bot."""

    def __init__(self, call: OutgoingCall) -> None:
        self._call = call
        self._failure: CallFailed | None = None
        self._answered_at: float | None = None
        self._ended_at: float | None = None
        self._is_over = False
        """Nothing is left to be ended: the other side has hung up, or the bot ends the call by itself."""

    async def run(self, bot: VoiceBot) -> None:
        """Call, and return when the call is over, answered or not."""
        call = self._call
        bot.on_shutdown(lambda _: self._hang_up(bot))
        events = bot.events()  # from now on: the telephone may be linked before the server has answered
        try:
            await bot.dial(call.number, call.trunk, caller_number=call.caller_number, ring_delay=call.ring_delay)
            self._answered_at = loop_time()
            async with asyncio.timeout(LINK_DELAY) as limit:
                async for event in events:
                    match event:
                        case PersonLinked():
                            limit.reschedule(None)
                        case EndCallRequested():
                            self._is_over = True
                        case PersonLeft(_, identity) | ParticipantDisconnected(_, identity) if (
                            identity == call.identity
                        ):
                            self._is_over = True
                            return
        except CallFailed as failure:
            self._failure, self._is_over = failure, True
        except TimeoutError:
            detail = "the call was answered, and its participant did not become active"
            self._failure = CallFailed(call.number, CallFailure.SERVER, detail=detail)
        finally:
            self._ended_at = loop_time()

    def outcome(self, room: str, code: ExitCode) -> DialOutcome:
        """Return what came of it; `code` is how the bot ended."""
        duration = None
        if self._failure is not None:
            code = _EXIT_CODES[self._failure.reason]
        elif self._answered_at is None:
            code = ExitCode.STOPPED if code is ExitCode.OK else code
        elif self._ended_at is not None:
            duration = self._ended_at - self._answered_at
        return DialOutcome(self._call, room, code, duration, self._failure)

    async def _hang_up(self, bot: VoiceBot) -> None:
        """End a call that would go on, or ring on, without a bot."""
        if not self._is_over:
            await bot.hang_up(self._call.identity)
