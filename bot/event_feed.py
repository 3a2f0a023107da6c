"""What the bot tells: one stream of events for any number of readers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakSet

from pipeline.commands import ConversationEnded
from pipeline.events import (
    ConnectionLost,
    ConnectionRestored,
    Event,
    Joined,
    PersonAway,
    PersonBack,
    PersonLeft,
    PersonLinked,
)
from pipeline.messages import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """Something was said, by the person or by the bot, and is now in the history."""

    at: float
    message: Message


Told = Event | MessageAdded | ConversationEnded

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
        self._standing: list[Told] = []
        self._readers: WeakSet[asyncio.Queue[Told | None]] = WeakSet()  # a reader that is dropped is gone
        self._closed = False

    def emit(self, event: Told) -> None:
        """Tell every reader; synchronous."""
        ended = _ENDS.get(type(event), ())
        self._standing = [standing for standing in self._standing if not isinstance(standing, ended)]
        if isinstance(event, _STANDING):
            self._standing.append(event)
        for queue in self._readers:
            self._put(queue, event)

    def close(self) -> None:
        """There will be no more events; readers end when they have got those before."""
        self._closed = True
        for queue in self._readers:
            self._put(queue, None)

    def read(self) -> AsyncIterator[Told]:
        """How things stand, then what happens from this call on; nothing once the feed is closed."""
        queue: asyncio.Queue[Told | None] = asyncio.Queue(EVENT_BACKLOG)
        if self._closed:
            queue.put_nowait(None)
            return _drain(queue)
        for event in self._standing:
            queue.put_nowait(event)
        self._readers.add(queue)
        return _drain(queue)

    @staticmethod
    def _put(queue: asyncio.Queue[Told | None], event: Told | None) -> None:
        if queue.full():
            log.warning("a reader of events is %d behind; the oldest is dropped", EVENT_BACKLOG)
            queue.get_nowait()
        queue.put_nowait(event)


async def _drain(queue: asyncio.Queue[Told | None]) -> AsyncIterator[Told]:
    while (event := await queue.get()) is not None:
        yield event
