"""Keeps what the embedding program's code raises away from the conversation."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def contained(call: Callable[[], Awaitable[T]], failed: Callable[[BaseException], T]) -> T:
    """Call and await code of the program; return what `failed` makes of an error.

    That may be anything, SystemExit and a cancellation from within, too. Raises nothing but KeyboardInterrupt and the
    cancellation of the task that this runs in.
    """
    try:
        return await call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        return failed(error)
