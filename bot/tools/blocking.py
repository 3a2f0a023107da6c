"""Notices a coroutine that blocks the event loop: while it does, the bot neither hears nor speaks."""

from collections.abc import Callable, Coroutine, Generator
from time import perf_counter
from typing import Any, Generic, TypeVar

T = TypeVar("T")

BLOCKED = 0.1
"""Seconds between two awaits from which a coroutine counts as blocking: twice what the voice has queued."""


class WatchedCoroutine(Generic[T]):
    """Awaited, it is the coroutine; `on_blocked` is called once, with the seconds, when a step of it took too long."""

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, T],
        on_blocked: Callable[[float], None],
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._coroutine, self._on_blocked, self._clock = coroutine, on_blocked, clock
        self._was_blocked = False

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._coroutine.__await__()
        sent, thrown = None, None
        while True:
            began_at = self._clock()
            try:
                awaited = steps.send(sent) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            finally:
                self._note(self._clock() - began_at)
            try:
                sent, thrown = (yield awaited), None
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's
                sent, thrown = None, error

    def _note(self, duration: float) -> None:
        if duration >= BLOCKED and not self._was_blocked:
            self._was_blocked = True
            self._on_blocked(duration)
