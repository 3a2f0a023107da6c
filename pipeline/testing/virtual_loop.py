"""An event loop with a clock that jumps to the next timer instead of waiting: an hour of talk in a moment.

For code that touches nothing outside the loop. A wait that nobody can end raises Deadlock, instead of hanging the test;
a network connection or a process raises NotOnVirtualTime.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, NoReturn, ParamSpec, TypeVar

from pipeline.testing.errors import NotOnVirtualTime

P = ParamSpec("P")
T = TypeVar("T")


class Deadlock(Exception):
    """Every task waits, and no timer is set that could wake one."""


def _refuse(what: str) -> Any:
    async def refused(*args: Any, **options: Any) -> NoReturn:
        raise NotOnVirtualTime(what)

    return refused


class _Soon(asyncio.Handle):
    """Without what asyncio notes of a callback in its debug mode: most of what its own costs."""

    __slots__ = ()

    def __init__(  # not that of the base, which asks the loop for its mode
        self, callback: Callable[..., Any], args: tuple[Any, ...], loop: asyncio.AbstractEventLoop, context: Any
    ) -> None:
        self._callback, self._args, self._loop = callback, args, loop
        self._context = copy_context() if context is None else context
        self._cancelled, self._repr, self._source_traceback = False, None, None


class _At(asyncio.TimerHandle):
    """Do the same for a timer."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        context: Any,
    ) -> None:
        self._when, self._callback, self._args, self._loop = when, callback, args, loop
        self._context = copy_context() if context is None else context
        self._cancelled, self._repr, self._source_traceback = False, None, None
        self._scheduled = True


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at time 0. What is given to an executor runs at once, else the clock would jump over the threads' work.

    Its turn replaces that of asyncio, which asks the kernel each time and compares timers in Python: nothing is waited
    for, so that timers and what is ready are all there is. Timers of one time fire in the order of their setting.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle | asyncio.Future[None]]] = []
        self._numbers = count()
        self._cancelled = 0  # timers among them
        self._files = self._selector.get_map()  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now

    def alarm(self, when: float) -> asyncio.Future[None] | None:
        """A future that is done at that time; None where nothing else happens until then, and it is then by now.

        Cheaper than a timer, and most of what a scene waits for.
        """
        if not self._ready and not self._stopping and len(self._files) == 1:  # type: ignore[attr-defined]
            self._drop_cancelled()
            if not self._timers or self._timers[0][0] > when:
                self._now = max(self._now, when)
                return None
        waiting = self.create_future()
        heappush(self._timers, (when, next(self._numbers), waiting))
        return waiting

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        timer = _At(when, callback, args, self, context)
        heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        handle = _Soon(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does it
            future.set_exception(error)
        return future

    getaddrinfo = create_connection = create_unix_connection = sock_connect = _refuse("a network connection")
    create_datagram_endpoint = _refuse("a network connection")
    subprocess_exec = subprocess_shell = _refuse("another process")

    def _timer_handle_cancelled(self, handle: Any) -> None:
        """As asyncio: a timer that was cancelled stays until its time, unless they are many."""
        self._cancelled += handle._scheduled
        if self._cancelled > 100 and self._cancelled * 2 > len(self._timers):
            self._timers = [it for it in self._timers if not it[2].cancelled() and it[2] is not handle]
            heapify(self._timers)
            self._cancelled = 0

    def _run_once(self) -> None:
        """One turn of the loop."""
        ready: deque[Any] = self._ready  # type: ignore[attr-defined]
        timers = self._timers
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            if len(self._files) > 1:  # the loop's own pipe is for waking it, and it never sleeps
                self._process_events(self._selector.select(0))  # type: ignore[attr-defined]
            if not ready:
                self._jump()
        while timers and timers[0][0] <= self._now:
            timer: Any = heappop(timers)[2]
            if isinstance(timer, asyncio.Future):
                done(timer)
                continue
            timer._scheduled = False
            self._cancelled -= timer._cancelled
            ready.append(timer)
        while ready and not self._stopping:  # type: ignore[attr-defined]
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _drop_cancelled(self) -> None:
        while self._timers and self._timers[0][2].cancelled():
            self._cancelled -= isinstance(heappop(self._timers)[2], asyncio.TimerHandle)

    def _jump(self) -> None:
        """To the next timer."""
        self._drop_cancelled()
        timers = self._timers
        if not timers:
            raise Deadlock("every task waits, and no timer is set")
        self._now = max(self._now, timers[0][0])


def alarm(loop: asyncio.AbstractEventLoop, when: float) -> asyncio.Future[None] | None:
    """Do the same in any loop."""
    if isinstance(loop, VirtualTimeLoop):
        return loop.alarm(when)
    waiting: asyncio.Future[None] = loop.create_future()
    loop.call_at(when, done, waiting)
    return waiting


def done(waiting: asyncio.Future[None]) -> None:
    """Wake the task that waits for this, unless it is awake."""
    if not waiting.done():
        waiting.set_result(None)


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
