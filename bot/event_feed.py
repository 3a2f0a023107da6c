"""The bot's events: one stream for any number of readers."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakSet

from pipeline.commands import (
    CallEnding,
    CallTool,
    Command,
    ConversationEnded,
    HandedOver,
    Recovered,
    ReplyCommitted,
    ToolCommitted,
    TurnCommitted,
)
from pipeline.events import (
    AudioSeen,
    ConnectionLost,
    ConnectionRestored,
    Event,
    Joined,
    PersonAway,
    PersonBack,
    PersonLeft,
    PersonLinked,
    Tick,
)
from pipeline.messages import Message, ToolRequest
from pipeline.metrics import Waterfall
from pipeline.turn.state import State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """Something was said, by the person or by the bot, and is now in the history."""

    at: float
    message: Message


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A call of a tool has begun; `arguments` of `request` is JSON text."""

    at: float
    request: ToolRequest


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A call of a tool is over, and now in the history: `message.call` with its result, `message.text`."""

    at: float
    message: Message


@dataclass(frozen=True, slots=True)
class AnswerMeasured:
    """The first sample of an answer has left for the room: `waterfall` says what the person has waited for.

    None comes for an answer that was cut before that; `VoiceBot.metrics` has it.
    """

    at: float
    waterfall: Waterfall


OwnEvent = MessageAdded | ToolCalled | ToolFinished | AnswerMeasured

BotEvent = Event | OwnEvent | HandedOver | ConversationEnded | CallEnding | Recovered

EVENT_BACKLOG = 1_000
"""Events kept for a slow reader; beyond it the oldest are dropped, and logged."""

_STANDING = (Joined, ConnectionLost, PersonLinked, PersonAway)
"""Events that say how things are until another one ends it."""

_ENDS: dict[type, tuple[type, ...]] = {
    Joined: (Joined, ConnectionLost),
    ConnectionRestored: (ConnectionLost,),
    PersonBack: (PersonAway,),
    PersonLeft: (PersonLinked, PersonAway),
}
"""Which standing events an event ends."""


class EventFeed:
    """Hands events on; a new reader first gets those that made things as they are, so that none comes too late."""

    def __init__(self) -> None:
        self._standing: list[BotEvent] = []
        self._readers: WeakSet[_Reader] = WeakSet()  # a reader that is dropped is gone
        self._closed = False

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Emit a step of the session: the event, unless it is one of many, then what has been committed."""
        if not isinstance(event, AudioSeen | Tick):
            self.emit(event)
        for command in commands:
            match command:
                case TurnCommitted(message) | ReplyCommitted(_, message):
                    self.emit(MessageAdded(event.at, message))
                case CallTool(_, request):
                    self.emit(ToolCalled(event.at, request))
                case ToolCommitted(_, message):
                    self.emit(ToolFinished(event.at, message))
                case ConversationEnded() | HandedOver() | CallEnding() | Recovered():
                    self.emit(command)

    def emit(self, event: BotEvent) -> None:
        """Hand an event to every reader; synchronous."""
        ended = _ENDS.get(type(event), ())
        self._standing = [standing for standing in self._standing if not isinstance(standing, ended)]
        if isinstance(event, _STANDING):
            self._standing.append(event)
        for reader in self._readers:
            reader.put(event)

    def close(self) -> None:
        """Emit nothing more; readers end when they have got what came before."""
        self._closed = True
        for reader in self._readers:
            reader.put(None)

    def read(self) -> AsyncIterator[BotEvent]:
        """Return how things stand, then what happens from this call on; nothing once the feed is closed."""
        reader = _Reader()
        if self._closed:
            reader.put(None)
        else:
            for event in self._standing:
                reader.put(event)
            self._readers.add(reader)
        return reader.events()


class _Reader:
    """The events that one reader has not taken yet. None is the end."""

    def __init__(self) -> None:
        self._waiting: deque[BotEvent | None] = deque()
        self._more = asyncio.Event()
        self._lost = 0  # since the reader fell behind

    def put(self, event: BotEvent | None) -> None:
        """Queue an event; of too many the oldest is dropped."""
        self._waiting.append(event)
        self._more.set()
        if len(self._waiting) > EVENT_BACKLOG:
            self._waiting.popleft()
            if not self._lost:
                log.warning("a reader of events is %d behind: from now on it loses the oldest", EVENT_BACKLOG)
            self._lost += 1

    async def events(self) -> AsyncIterator[BotEvent]:
        """Give what comes, until the end."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            event = self._waiting.popleft()
            if self._lost and not self._waiting:
                log.warning("a reader of events has caught up; it has lost %d", self._lost)
                self._lost = 0
            if event is None:
                return
            yield event
