"""From a task that makes things to a generator that yields them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


async def bridge(work: Callable[[Callable[[T], Awaitable[None]]], Awaitable[None]], limit: int = 0) -> (
    AsyncGenerator[T, None]
):
    """Run `work` in a task and yield what it gives to the function that it is called with.

    `work` waits while `limit` items are not taken yet; 0 is no limit. When it is done the generator ends, or raises
    what `work` has raised, after all that came before. Closing the generator cancels `work` and waits for its end.
    """
    queue: asyncio.Queue[T | _End] = asyncio.Queue(limit)

    async def run() -> None:
        """Raise nothing: the group would throw it into whoever holds the generator, at whatever that is doing."""
        error: Exception | None = None
        try:
            await work(queue.put)
        except Exception as failure:  # noqa: BLE001 - the generator raises it
            error = failure
        await queue.put(_End(error))

    end = _End(None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run())
        try:
            while not isinstance(item := await queue.get(), _End):
                yield item
            end = item
        except GeneratorExit:
            pass  # closed: let through, the group would count it as a failure of its own and raise it wrapped
        finally:
            task.cancel()
    if end.error is not None:
        raise end.error
