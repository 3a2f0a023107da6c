"""An event loop whose clock jumps to the next timer instead of waiting for it: an hour of talk in a moment.

For code that touches nothing outside the loop. A wait that nobody can end raises Deadlock, instead of hanging the test.
"""

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Deadlock(Exception):
    """Every task waits, and no timer is set that could wake one."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at time 0. What is given to an executor runs at once, else the clock would jump over the threads' work."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_JumpingSelector(self._advance))

    def time(self) -> float:
        return self._now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does it
            future.set_exception(error)
        return future

    def _advance(self, timeout: float | None) -> None:
        if timeout is None:
            raise Deadlock("every task waits, and no timer is set")
        if timeout > 0:
            # To the timer itself: `now + timeout` may round to just before it.
            scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
            self._now = max(self._now, scheduled[0].when())


class _JumpingSelector(selectors.DefaultSelector):
    """Takes what is ready, else moves the clock; never waits."""

    def __init__(self, advance: Callable[[float | None], None]) -> None:
        super().__init__()
        self._move_clock = advance

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            self._move_clock(timeout)
        return ready


async def settle() -> None:
    """Let everything that is ready run, without letting time pass."""
    for _ in range(100):
        await asyncio.sleep(0)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Like `asyncio.run`, on virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def virtual_time(test: Callable[P, Awaitable[T]]) -> Callable[P, T]:
    """Run a coroutine function on virtual time: a decorator for tests."""

    @functools.wraps(test)
    def on_virtual_time(*args: P.args, **kwargs: P.kwargs) -> T:
        async def main() -> T:
            return await test(*args, **kwargs)

        return run(main())

    return on_virtual_time
