"""Finds rooms that wait for a bot which no worker has, and has them offered anew."""

import asyncio
import logging
import time
from collections.abc import Callable, Set
from contextlib import suppress

from bot.room.dispatches import Dispatches
from bot.worker.sweep import find_forgotten
from pipeline.errors import RoomError

log = logging.getLogger(__name__)

SWEEP_INTERVAL = 10.0
"""Seconds between two looks at all rooms, at least: each asks about every one of them."""


class Sweeper:
    """LiveKit's own dispatch spreads what is found over the workers: this one may get none of it."""

    def __init__(self, dispatches: Dispatches, *, served: Callable[[], Set[str]], places: Callable[[], int]) -> None:
        """`served` are the rooms of this worker's jobs, `places` how many more it would take."""
        self._dispatches = dispatches
        self._served, self._places = served, places
        self._wanted = asyncio.Event()

    def look(self) -> None:
        """Look for forgotten rooms soon: the worker has come, or come back, or has a place again."""
        self._wanted.set()

    async def run(self) -> None:
        """Look whenever that is wanted, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                look_again_at = await self._sweep()
            except RoomError as error:
                log.warning("rooms that wait for a bot cannot be looked for: %s", error)
                look_again_at = None  # a server that is away is registered with again, which looks again
            await asyncio.sleep(SWEEP_INTERVAL)
            if look_again_at is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(look_again_at - time.time(), 0.0)):
                        await self._wanted.wait()
                self._wanted.set()

    async def _sweep(self) -> float | None:
        """Have forgotten rooms offered anew, as many as there are places; return when to look again, if at all."""
        findings = find_forgotten(await self._dispatches.rooms(), self._served(), time.time())
        for room in findings.forgotten[: self._places()]:
            if await self._dispatches.renew(room.dispatches):
                log.info("room %s waits for a bot, and no worker has it: dispatched anew", room.name)
        return findings.look_again_at
