"""The calls of hooks that nothing waits for: those of one kind one after the other, all kinds side by side."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from bot.hooks.guard import call_guarded
from pipeline.repeated_warning import RepeatedWarning

BACKLOG = 100
"""Calls of one hook that wait for the one before; beyond it the oldest are dropped, and logged."""

log = logging.getLogger(__name__)

Arguments = tuple[object, ...]


class HookCalls:
    """Calls some hooks for as long as the bot runs, and a little longer."""

    def __init__(self, hooks: Mapping[str, Callable[..., object]], budget: float) -> None:
        """`budget` is in seconds, for each call."""
        self._hooks, self._budget = hooks, budget
        self._waiting = {name: asyncio.Queue[Arguments | None](BACKLOG) for name in hooks}
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
            self._put(name, arguments)

    async def finish(self) -> None:
        """Wait for the calls that were added, for no longer than the budget of one; the others are cancelled."""
        if not self._workers:
            return
        for name in self._hooks:
            self._put(name, None)
        _, late = await asyncio.wait(self._workers, timeout=self._budget)
        for worker in late:
            worker.cancel()

    def _put(self, name: str, arguments: Arguments | None) -> None:
        waiting = self._waiting[name]
        if waiting.full():
            waiting.get_nowait()
            self._warn_dropped(BACKLOG, name)
        waiting.put_nowait(arguments)

    async def _work(self, name: str) -> None:
        while (arguments := await self._waiting[name].get()) is not None:
            await call_guarded(name, self._hooks[name], *arguments, budget=self._budget)
