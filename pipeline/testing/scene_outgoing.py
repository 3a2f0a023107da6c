"""What a bot does in the room of a scene beside speaking, and what comes back from there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf

from pipeline.dtmf import read_keys
from pipeline.errors import RoomError
from pipeline.testing.clock import Clock
from pipeline.testing.errors import SceneError

RpcAnswer = str | RoomError | Callable[[str], Awaitable[str]]
"""An answer, an error, or a coroutine function that makes the answer to a payload."""


CHAT = "lk.chat"
"""LiveKit's topic of chat messages."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that the bot has written into the room, at which second."""

    at: float
    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class PerformedRpc:
    """A call of a method of the person's app, at which second."""

    at: float
    method: str
    payload: str


class MessageRecord:
    """Messages of LiveKit's session protocol: records the bot's, and delivers those of a participant's app."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[tuple[float, str, bytes]] = []
        """At which second, to whom, and what."""
        self._clock = clock
        self._take: Callable[[str, bytes], None] | None = None

    def receive(self, take: Callable[[str, bytes], None]) -> None:
        """Have each message taken, with its sender's identity."""
        self._take = take

    def send(self, identity: str, message: bytes) -> None:
        """Note a message to one participant."""
        self.sent.append((self._clock.now, identity, message))

    def deliver(self, identity: str, message: bytes) -> None:
        """Deliver a message of a participant, now. Raises SceneError while no bot takes it."""
        if self._take is None:
            raise SceneError("no bot takes messages in this scene yet: give it to a VoiceBot as its room")
        self._take(identity, message)


class OutgoingRecord:
    """Records what the bot does in the room beside speaking, and answers as the script says."""

    def __init__(self, clock: Clock) -> None:
        self.kind = "STANDARD"
        """Of the person, by LiveKit's name."""
        self.sent: list[SentText] = []
        self.transferred: list[tuple[float, str]] = []
        self.transfer_error: RoomError | None = None
        self.performed: list[PerformedRpc] = []
        self.dialed: list[tuple[float, str]] = []
        self.telephoned: list[tuple[float, str, str]] = []
        self.call_answer: RoomError | None = None
        self.call_rings = 0.0
        """Seconds until a telephone is answered."""
        self.hung_up: list[tuple[str, float]] = []
        self.messages = MessageRecord(clock)
        self._clock = clock
        self._methods: dict[str, tuple[RpcAnswer, float]] = {}

    def write(self, text: str, topic: str) -> None:
        """Note a text."""
        self.sent.append(SentText(self._clock.now, topic, text))

    def dial(self, digits: str) -> None:
        """Note keys of a telephone. Raises RoomError for what are none."""
        self.dialed.append((self._clock.now, read_keys(digits)))

    def transfer(self, address: str) -> None:
        """Note where the person's call goes on. Raises the RoomError that the script wants."""
        self.transferred.append((self._clock.now, address))
        if self.transfer_error is not None:
            raise self.transfer_error

    async def call(self, number: str, trunk: str, ring_delay: int) -> str:
        """Note a telephone that is called into the room. Raises the RoomError that the script wants."""
        self.telephoned.append((self._clock.now, number, trunk))
        await asyncio.sleep(min(self.call_rings, ring_delay))
        if self.call_answer is not None:
            raise self.call_answer
        if self.call_rings > ring_delay:
            raise RoomError(f"{number} was not reached: nobody has answered")
        return f"sip_{number}"

    def end_call(self, identity: str) -> None:
        """Note that a telephone call is ended."""
        self.hung_up.append((identity, self._clock.now))

    def answers(self, method: str, answer: RpcAnswer, takes: float) -> None:
        """Have the person's app answer a method after `takes` seconds; inf is never."""
        self._methods[method] = (answer, takes)

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        """Answer as the script says. Raises RoomError."""
        self.performed.append(PerformedRpc(self._clock.now, method, payload))
        if method not in self._methods:
            raise RoomError(f"the app of the person has no method {method}")
        answer, takes = self._methods[method]
        try:
            async with asyncio.timeout(timeout):
                await (asyncio.Event().wait() if takes == inf else asyncio.sleep(takes))
                if isinstance(answer, RoomError):
                    raise answer
                return answer if isinstance(answer, str) else await answer(payload)
        except TimeoutError:
            raise RoomError(f"the app of the person did not answer {method} in time") from None


class OutgoingScene:
    """The part of a scene that is the room beside its sound."""

    _clock: Clock

    @cached_property
    def outgoing(self) -> OutgoingRecord:
        """What the bot has done in the room beside speaking."""
        return OutgoingRecord(self._clock)

    def rpc(self, method: str, answer: RpcAnswer = "", *, takes: float = 0.0) -> None:
        """Have the person's app answer a method (RPC) after `takes` seconds; with inf it never does.

        `answer` may be a RoomError, or a coroutine function that is called with the payload.
        """
        if not takes >= 0:
            raise SceneError(f"rpc({method!r}, takes={takes}): give the seconds that it takes")
        self.outgoing.answers(method, answer, takes)

    @property
    def written(self) -> list[tuple[float, str]]:
        """Chat messages of the bot, and when they came."""
        return [(it.at, it.text) for it in self.outgoing.sent if it.topic == CHAT]

    @property
    def sent(self) -> list["SentText"]:
        """All texts that the bot has written into the room, whatever their topic."""
        return self.outgoing.sent

    def telephones(self, transfer: RoomError | None = None) -> None:
        """Have the person call by telephone (SIP); a transfer of their call fails with an error, if there is one."""
        self.outgoing.kind, self.outgoing.transfer_error = "SIP", transfer

    def telephone_answers(self, error: RoomError | None = None, *, rings: float = 0.0) -> None:
        """Have a telephone that the bot calls into the room answered after some seconds; with an error it is not."""
        self.outgoing.call_answer, self.outgoing.call_rings = error, rings

    @property
    def telephoned(self) -> list[tuple[float, str, str]]:
        """The telephones that the bot has called into the room: when, which number, through which trunk."""
        return self.outgoing.telephoned

    @property
    def hung_up(self) -> list[tuple[str, float]]:
        """The telephone calls that the bot has ended: whose, and when."""
        return self.outgoing.hung_up

    @property
    def transferred(self) -> list[tuple[float, str]]:
        """Where the person's telephone call was to go on, and when that was asked for."""
        return self.outgoing.transferred

    @property
    def dialed(self) -> list[tuple[float, str]]:
        """The keys of a telephone that the bot has pressed, and when it began to."""
        return self.outgoing.dialed

    @property
    def rpc_calls(self) -> list[PerformedRpc]:
        """The methods of the person's app that the bot has called."""
        return self.outgoing.performed
