"""The tasks of a session."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class TaskStarter(Protocol):
    """What starts tasks: an `asyncio.TaskGroup`, or `Children`."""

    def create_task(self, coro: Coroutine[Any, Any, T], *, name: str | None = None) -> "asyncio.Task[T]": ...


class Children:
    """Starts the tasks of a session in its group, and ends the session in the moment in which one of them fails.

    The group itself would notice some turns of the loop later, and meanwhile refuse the tasks of what is still decided.
    """

    def __init__(self, group: asyncio.TaskGroup, on_failure: Callable[[], None]) -> None:
        self._group, self._on_failure = group, on_failure

    def create_task(self, coro: Coroutine[Any, Any, T], *, name: str | None = None) -> "asyncio.Task[T]":
        """Start a task of the group."""
        task = self._group.create_task(self._watch(coro), name=name)
        task.add_done_callback(lambda _: coro.close())  # of a task that was cancelled before it began; else no change
        return task

    async def _watch(self, coro: Coroutine[Any, Any, T]) -> T:
        try:
            return await coro
        except Exception:
            self._on_failure()
            raise
