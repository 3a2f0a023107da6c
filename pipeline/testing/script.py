"""The acts of a scene that are still to come."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pipeline.testing.clock import Clock
from pipeline.testing.errors import NOT_BEGUN, SceneError

Part = Callable[[], Coroutine[Any, Any, object]]


class Script:
    """Parts that are played beside each other: those that are written down before the beginning, from then on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._written: list[Part] = []
        self._group: asyncio.TaskGroup | None = None
        self._under_way: set[asyncio.Task[object]] = set()
        self._acts = 0  # that are written and not done

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Play all, in tasks of `group`."""
        self._group = group
        for part in self._written:
            self.play(part())
        self._written.clear()

    def end(self) -> None:
        """Cancel what is not done."""
        for task in self._under_way:
            task.cancel()

    @property
    def is_done(self) -> bool:
        """Whether all that was written has happened."""
        return not self._acts

    def play(self, part: Coroutine[Any, Any, object]) -> "asyncio.Task[object]":
        """Have something done beside; what is not done at the end is cancelled. Nobody waits for it."""
        if self._group is None:
            part.close()
            raise SceneError(NOT_BEGUN)
        task = self._group.create_task(part)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def write(self, part: Part) -> None:
        """Have something done, from now or from the beginning on; before that the scene is not over."""
        self._acts += 1

        async def played() -> None:
            await part()
            self._acts -= 1

        if self._group is None:
            self._written.append(played)
        else:
            self.play(played())

    def does(self, at: float, act: Callable[[], object]) -> None:
        """Have something done at a time."""

        async def later() -> None:
            await self._clock.until(at)
            act()

        self.write(later)
