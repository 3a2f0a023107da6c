"""Brings what a tool does in a thread, or in an event loop of its own, to the event loop of its bot."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from pipeline.errors import ToolError

T = TypeVar("T")


class LoopAccess:
    """The event loop in which this is made, for the length of one call of a tool."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        """What is awaited for other threads runs in tasks of `group`."""
        self._group = group
        self._loop = asyncio.get_running_loop()

    @property
    def is_here(self) -> bool:
        """Whether this is the loop's own thread, in the loop."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def act(self, act: Callable[..., None], *arguments: object) -> None:
        """Act in the event loop: at once when this is its thread, else wait for that. Raises what it raises."""
        if self.is_here:
            act(*arguments)
            return
        done = Future[None]()

        def act_there() -> None:
            try:
                act(*arguments)
                done.set_result(None)
            except Exception as error:  # noqa: BLE001 - it is the tool's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(act_there)
        done.result()

    async def await_there(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await something in the event loop, whichever loop this runs in."""
        return await (coroutine if self.is_here else asyncio.wrap_future(self._begin(coroutine)))

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait, in another thread, for something that is awaited in the event loop."""
        if self.is_here:
            coroutine.close()
            raise RuntimeError("this would block the bot, in its own event loop: await it")
        return self._begin(coroutine).result()

    def _begin(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        done = Future[T]()

        async def there() -> None:
            try:
                done.set_result(await coroutine)
            except asyncio.CancelledError:
                done.cancel()
                raise
            except BaseException as error:  # noqa: BLE001 - it is the tool's
                done.set_exception(error)

        def begin() -> None:
            task = there()
            try:
                self._group.create_task(task)
            except RuntimeError:  # the group has ended
                task.close()
                coroutine.close()
                done.set_exception(ToolError("The call is over."))

        self._loop.call_soon_threadsafe(begin)
        return done
