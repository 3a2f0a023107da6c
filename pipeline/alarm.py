"""Wakes the session when a deadline comes and nothing has happened."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf

from pipeline.clock import loop_time


class Alarm:
    """Rings at the earliest deadline. `ring` takes the loop time."""

    def __init__(self, ring: Callable[[float], None]) -> None:
        self._ring = ring
        self._due_at = self._alarm_at = inf
        self._is_earlier = asyncio.Event()

    def set(self, due_at: float) -> None:
        """Ring at this loop time instead of the one before; at infinity never."""
        self._due_at = due_at
        if due_at < self._alarm_at:
            self._is_earlier.set()

    async def run(self) -> None:
        """Keep time for the life of the session.

        A deadline is mostly put off by the next window: the alarm then stays where it is, and is set anew as it rings.
        """
        while True:
            self._is_earlier.clear()
            self._alarm_at = self._due_at
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if self._alarm_at == inf else self._alarm_at):
                    await self._is_earlier.wait()
                    continue
            if (now := max(self._alarm_at, loop_time())) >= self._due_at:
                self._ring(now)
