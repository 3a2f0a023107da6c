"""Who uses the language model: replies come first, other requests wait until none needs it, and give way to the next.

A model at home answers one request after the other, and a summary in its way would be silence on the call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pipeline.clock import loop_time
from pipeline.errors import Unavailable

T = TypeVar("T")

ATTEMPTS = 3
"""How often a request is begun again: each time the provider reads it anew, and wants to be paid."""


class ModelUse:
    """The use of one language model by one session."""

    def __init__(self) -> None:
        self._replies = 0
        self._is_free = asyncio.Event()
        self._is_free.set()
        self._others: set[asyncio.Timeout] = set()

    @contextmanager
    def of_reply(self) -> Iterator[None]:
        """Note that a reply uses the model meanwhile; what else does is broken off at once."""
        self._replies += 1
        self._is_free.clear()
        while self._others:
            self._others.pop().reschedule(loop_time())
        try:
            yield
        finally:
            self._replies -= 1
            if not self._replies:
                self._is_free.set()

    async def when_free(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` returns, called while no reply uses the model; again when one has broken it off.

        Raises Unavailable when replies have come first too often.
        """
        for _ in range(ATTEMPTS):
            await self._is_free.wait()
            scope = asyncio.timeout(None)
            self._others.add(scope)
            try:
                async with scope:
                    return await ask()
            except TimeoutError:
                if not scope.expired():
                    raise
            finally:
                self._others.discard(scope)
        raise Unavailable("the language model", f"replies needed it {ATTEMPTS} times before a request was through")
