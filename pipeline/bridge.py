"""From a task that makes things to a generator that yields them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


class Outlet(Generic[T]):
    """Where the task puts what the generator yields."""

    def __init__(self, limit: int) -> None:
        self.queue: asyncio.Queue[T | _End] = asyncio.Queue(limit)

    async def put(self, item: T) -> None:
        """Have this yielded; waits while too many items are not taken yet."""
        await self.queue.put(item)

    def put_nowait(self, item: T) -> None:
        """Have this yielded, without a limit only."""
        self.queue.put_nowait(item)


async def bridge(work: Callable[[Outlet[T]], Awaitable[None]], limit: int = 0) -> AsyncGenerator[T, None]:
    """Run `work` in a task and yield what it puts into the outlet that it is called with.

    At most `limit` items wait to be taken; 0 is no limit. When `work` is done the generator ends, or raises what `work`
    has raised, after all that came before. Closing the generator cancels `work` and waits for its end.
    """
    outlet = Outlet[T](limit)

    async def run() -> None:
        """Raise nothing: the group would throw it into whoever holds the generator, at whatever that is doing."""
        error: Exception | None = None
        try:
            await work(outlet)
        except Exception as failure:  # noqa: BLE001 - the generator raises it
            error = failure
        await outlet.queue.put(_End(error))

    end = _End(None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run())
        try:
            while not isinstance(item := await outlet.queue.get(), _End):
                yield item
            end = item
        except GeneratorExit:
            pass  # closed: let through, the group would count it as a failure of its own and raise it wrapped
        finally:
            task.cancel()
    if end.error is not None:
        raise end.error
