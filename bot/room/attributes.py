"""The bot's attributes as a participant: written when they change, and looked after, as refusals are not reported."""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

log = logging.getLogger(__name__)

STATE_ATTRIBUTE = "lk.agent.state"
"""The attribute from which LiveKit's frontends read the agent's state."""

ATTRIBUTE_TIMEOUT = 6.0
"""Seconds within which the room must confirm a changed attribute; the client gives up waiting for an answer after 5."""


WITHDRAW_TIMEOUT = 0.5
"""Seconds for taking attributes back. The request is sent at once; the answer is often missed, see `_write`."""


class Owner(Protocol):
    """The participant with these attributes: `rtc.LocalParticipant`."""

    @property
    def attributes(self) -> dict[str, str]: ...
    async def set_attributes(self, attributes: dict[str, str]) -> None: ...


class Attributes:
    """Keeps the room's copy like ours: one request at a time, of several values in a row the last one wins."""

    def __init__(self) -> None:
        self._wanted: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._held = False
        self._before: dict[str, str] = {}
        """Values that were there before ours; empty ones, which the room takes for none, where there were none."""
        self._changed = asyncio.Event()
        self._seen = asyncio.Event()

    def set(self, attributes: dict[str, str]) -> None:
        """Make these the bot's attributes soon, beside the others."""
        self._wanted.update(attributes)
        self._changed.set()

    def look(self) -> None:
        """Compare again, as the room's copy may have changed."""
        self._seen.set()

    def hold(self) -> None:
        """Write nothing while the connection is away, and wait for no confirmation."""
        self._held = True
        self._seen.set()

    def write_again(self) -> None:
        """Write all again, as the connection is back: a full reconnect makes a new participant without attributes."""
        self._held = False
        self._written = {}
        self._changed.set()

    async def withdraw(self, owner: Owner) -> None:
        """Put back what was there before, bounded; a participant that goes on then shows nothing of the bot."""
        if not self._before:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHDRAW_TIMEOUT):
                await owner.set_attributes(self._before)

    async def keep(self, owner: Owner) -> None:
        """Write what has changed, for the life of the connection."""
        level = logging.WARNING
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._held or self._wanted == self._written:
                continue
            for name in self._wanted:
                self._before.setdefault(name, owner.attributes.get(name, ""))
            # Before the request, not behind it: a reconnect in between asks for another one.
            asked = self._written = dict(self._wanted)
            try:
                async with asyncio.timeout(ATTRIBUTE_TIMEOUT):
                    await self._write(owner, asked)
            except TimeoutError:
                log.log(
                    level,
                    "the room did not take the attributes %s, so frontends cannot see the bot's state: "
                    "the access token needs the grant canUpdateOwnMetadata",
                    ", ".join(asked),
                )
                level = logging.DEBUG  # said once, it holds for the others, too

    async def _write(self, owner: Owner, asked: dict[str, str]) -> None:
        """Ask for these, until the room's copy shows them or the connection is away.

        The call's return is not waited for: the client registers for the answer only after it has sent the request,
        so it misses an answer that is quick, and then returns seconds after everybody has seen the attributes. One with
        an empty value is taken away, so the copy has none of that name then.
        """
        async with asyncio.TaskGroup() as group:
            self._seen.clear()
            call = group.create_task(owner.set_attributes(asked))
            call.add_done_callback(lambda _: self.look())  # no event comes of values that the copy showed before
            while True:
                await self._seen.wait()  # first of all, as that copy may be of before a reconnect
                self._seen.clear()
                shown = owner.attributes
                if self._held or all(shown.get(name, "") == value for name, value in asked.items()):
                    break
            call.cancel()
