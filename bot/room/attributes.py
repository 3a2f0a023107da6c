"""The bot's attributes as a participant: written when they change, and looked after, as refusals are not reported."""

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)

ATTRIBUTE_TIMEOUT = 5.0
"""Seconds within which the room must confirm a changed attribute."""


class Owner(Protocol):
    """Whose attributes these are: `rtc.LocalParticipant`."""

    @property
    def attributes(self) -> dict[str, str]: ...
    async def set_attributes(self, attributes: dict[str, str]) -> None: ...


class Attributes:
    """Keeps the room's copy like ours: one request at a time, of several values in a row the last one wins."""

    def __init__(self) -> None:
        self._wanted: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._held = False
        self._changed = asyncio.Event()
        self._seen = asyncio.Event()

    def set(self, attributes: dict[str, str]) -> None:
        """Make these the bot's attributes soon, beside the others."""
        self._wanted.update(attributes)
        self._changed.set()

    def look(self) -> None:
        """The room's copy may have changed."""
        self._seen.set()

    def hold(self) -> None:
        """The connection is away: write nothing, and wait for no confirmation."""
        self._held = True
        self._seen.set()

    def write_again(self) -> None:
        """The connection is back; a full reconnect makes a new participant, which may be without them."""
        self._held = False
        self._written = {}
        self._changed.set()

    async def keep(self, owner: Owner) -> None:
        """Write what has changed, for the life of the connection."""
        level = logging.WARNING
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._held or self._wanted == self._written:
                continue
            # Before the request, not behind it: a reconnect in between asks for another one.
            asked = self._written = dict(self._wanted)
            try:
                async with asyncio.timeout(ATTRIBUTE_TIMEOUT):
                    await owner.set_attributes(asked)
                    while not self._held and not asked.items() <= owner.attributes.items():
                        self._seen.clear()
                        await self._seen.wait()
            except TimeoutError:
                log.log(
                    level,
                    "the room did not take the attributes %s, so frontends cannot see the bot's state: "
                    "the access token needs the grant canUpdateOwnMetadata",
                    ", ".join(asked),
                )
                level = logging.DEBUG  # said once, it holds for the others, too
