"""Processes that have loaded everything and wait for a job, so that a person is greeted a second earlier."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.worker.process import JobProcess
from pipeline.clock import loop_time
from pipeline.errors import VoiceBotError
from pipeline.resilience.backoff import backoff_delay

log = logging.getLogger(__name__)

LOOK_INTERVAL = 5.0
"""Seconds between two looks whether those that wait are still alive."""

REFILL_DELAY = 2.0
"""Seconds from a job to the start of the process that takes its process's place: what that loads keeps a core busy for
a second, which the bot that joins and greets needs more. Who comes meanwhile has one started at once all the same."""

LONGEST_DELAY = 30.0
"""Seconds between two vain attempts to start one."""


class Pool:
    """Keeps `idle` processes waiting; starts further ones on demand."""

    def __init__(self, start: Callable[[], Awaitable[JobProcess]], idle: int, recycle_delay: float = 0.0) -> None:
        """`recycle_delay` are the seconds after which one that waits is replaced, 0 for never.

        What it has loaded is as old as it is: settings files, certificates, time zones; and what the system has moved
        out of memory by then has to come back while a person waits.
        """
        self._start = start
        self._idle = idle
        self._recycle_delay = recycle_delay
        self._waiting: deque[JobProcess] = deque()
        self._taken = asyncio.Event()
        self._refill_at = 0.0
        """On the event loop's clock."""

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def take(self) -> JobProcess:
        """Return a process that is ready: one that waits, or a new one. Raises ProcessFailed."""
        self._taken.set()
        self._refill_at = loop_time() + REFILL_DELAY
        while self._waiting:
            if (process := self._waiting.popleft()).is_alive:
                return process
        return await self._start()

    async def run(self) -> None:
        """Keep the pool full until this is cancelled; those that wait end then."""
        failures = 0
        try:
            while True:
                self._drop_dead()
                await self._recycle()
                if len(self._waiting) < self._idle:
                    if (delay := self._refill_at - loop_time()) > 0.0:
                        await asyncio.sleep(delay)
                        continue  # another may have been taken meanwhile
                    try:
                        self._waiting.append(await self._start())
                        failures = 0
                    except VoiceBotError as error:
                        failures += 1
                        log.error("%s", error)
                        await asyncio.sleep(backoff_delay(failures, random.random(), longest=LONGEST_DELAY))
                    continue
                self._taken.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_INTERVAL):
                        await self._taken.wait()
        finally:
            while self._waiting:
                await self._waiting.popleft().kill()  # they have nothing to lose

    async def _recycle(self) -> None:
        """Replace the oldest, if it has waited long: the new one is ready before the old one goes."""
        if not self._recycle_delay or not self._waiting:
            return
        oldest = self._waiting[0]
        if loop_time() - oldest.started_at < self._recycle_delay:
            return
        try:
            fresh = await self._start()
        except VoiceBotError as error:
            log.error("%s", error)
            return  # the old one is better than none
        self._waiting.append(fresh)
        if oldest in self._waiting:  # it may have been taken meanwhile
            self._waiting.remove(oldest)
            await oldest.kill()

    def _drop_dead(self) -> None:
        dead = [process for process in self._waiting if not process.is_alive]
        for process in dead:
            log.warning("process %d ended while it waited for a job", process.pid)
            self._waiting.remove(process)
