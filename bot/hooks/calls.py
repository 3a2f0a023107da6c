"""The calls of hooks that nothing waits for: those of one kind one after the other, all kinds side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.hooks.guard import call_guarded
from pipeline.repeated_warning import RepeatedWarning

BACKLOG = 100
"""Calls of one hook that wait for the one before; beyond it the oldest are dropped, and logged."""

log = logging.getLogger(__name__)

Call = Callable[[], Awaitable[None]]
"""Raises nothing but the cancellation of its task."""


class HookCalls:
    """Calls some hooks for as long as the bot runs, and a little longer."""

    def __init__(self, hooks: Mapping[str, Callable[..., object]], budget: float) -> None:
        """`budget` is in seconds, for each call."""
        self._hooks, self._budget = hooks, budget
        self._waiting = {name: asyncio.Queue[Call | None](BACKLOG) for name in hooks}
        self._workers: set[asyncio.Task[None]] = set()
        self._warn_dropped = RepeatedWarning(log, "%d calls of the hook %s wait: the oldest is dropped")

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Make the calls in tasks of `group`, those among them that were added before."""
        self._workers = {group.create_task(self._work(name), name=name) for name in self._hooks}

    def add(self, name: str, *arguments: object) -> None:
        """Have a hook called soon, if there is one of this name."""
        if name in self._hooks:
            self.put(name, partial(call_guarded, name, self._hooks[name], *arguments, budget=self._budget))

    async def finish(self, delay: float) -> None:
        """Wait for the calls that were added, for `delay` seconds at most; what is late is cancelled."""
        if not self._workers:
            return
        for name in self._hooks:
            self.put(name, None)
        _, late = await asyncio.wait(self._workers, timeout=delay)
        for worker in late:
            worker.cancel()

    def put(self, name: str, call: Call | None) -> None:
        """Have a call made in the turn of a hook; None is the last one."""
        waiting = self._waiting[name]
        if waiting.full():
            waiting.get_nowait()
            self._warn_dropped(BACKLOG, name)
        waiting.put_nowait(call)

    async def _work(self, name: str) -> None:
        while (call := await self._waiting[name].get()) is not None:
            await call()
