"""Runs functions that are not async, each in a thread of its own."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _DaemonThreads(Executor):
    """A thread for each call. None of them keeps the process alive, or a call waiting for another one that hangs."""

    def submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        future = Future[T]()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(*arguments, **keywords))
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                future.set_exception(error)

        Thread(target=run, name="tool", daemon=True).start()
        return future


async def in_thread(function: Callable[..., T], keywords: Mapping[str, Any]) -> T:
    """Return the result of the function. Cancelling does not wait for it: the thread goes on by itself."""
    call = partial(copy_context().run, _without_stop, function, keywords)
    return await asyncio.get_running_loop().run_in_executor(_DaemonThreads(), call)


def _without_stop(function: Callable[..., T], keywords: Mapping[str, Any]) -> T:
    """Call it. What would end the event loop or be lost in a future is raised as an ordinary error."""
    try:
        return function(**keywords)
    except (StopIteration, KeyboardInterrupt) as error:  # from the keyboard it only comes to the main thread
        raise RuntimeError(f"the function raised {type(error).__name__}") from error
