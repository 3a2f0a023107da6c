"""What becomes of a telephone call when the bot ends it: whoever is on the line would go on listening to nobody."""

import asyncio
from typing import Protocol

from bot.room.arrival import ARRIVAL_DELAY
from bot.room.linking import TELEPHONE
from pipeline.participants import Participant


class Line(Protocol):
    """The room, as hanging up needs it."""

    def people(self) -> tuple[Participant, ...]: ...
    async def hang_up(self, identity: str) -> None: ...


class Successor(Protocol):
    """Knows whether another one goes on with a person."""

    def is_left_to_others(self, identity: str) -> bool: ...


def telephone_to_end(room: Line, others: Successor) -> str | None:
    """Return the identity of the linked person if they are on the telephone, and nobody else goes on with them."""
    person = next((it for it in room.people() if it.is_linked), None)
    if person is None or others.is_left_to_others(person.identity) or person.kind != TELEPHONE:
        return None
    return person.identity


async def end_telephone_call(room: Line, identity: str) -> None:
    """Hang up, once the last words have arrived."""
    await asyncio.sleep(ARRIVAL_DELAY)
    await room.hang_up(identity)
