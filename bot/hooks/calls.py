"""The calls of hooks that nothing waits for: those of one kind one after the other, all kinds side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pipeline.repeated_warning import RepeatedWarning

BACKLOG = 100
"""Calls of one hook that wait for the one before; beyond it the oldest are dropped, and logged."""

log = logging.getLogger(__name__)

Call = Callable[[], Awaitable[None]]
"""Raises nothing but the cancellation of its task."""


class HookCalls:
    """Makes the calls of one bot's hooks, each kind in a task of its own."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._waiting: dict[str, asyncio.Queue[Call | None]] = {}
        self._workers = set[asyncio.Task[None]]()
        self._warn_dropped = RepeatedWarning(log, "%d calls of the hook %s wait: the oldest is dropped")

    def add(self, kind: str, call: Call) -> None:
        """Have a call made soon."""
        if kind not in self._waiting:
            self._waiting[kind] = asyncio.Queue(BACKLOG)
            self._workers.add(self._group.create_task(_work(self._waiting[kind]), name=kind))
        self._put(kind, call)

    async def finish(self, delay: float) -> None:
        """Wait for the calls that were added, for `delay` seconds at most; what is late is cancelled."""
        if not self._workers:
            return
        for kind in self._waiting:
            self._put(kind, None)
        _, late = await asyncio.wait(self._workers, timeout=delay)
        for worker in late:
            worker.cancel()

    def _put(self, kind: str, call: Call | None) -> None:
        waiting = self._waiting[kind]
        if waiting.full():
            waiting.get_nowait()
            self._warn_dropped(BACKLOG, kind)
        waiting.put_nowait(call)


async def _work(waiting: asyncio.Queue[Call | None]) -> None:
    while (call := await waiting.get()) is not None:
        await call()
