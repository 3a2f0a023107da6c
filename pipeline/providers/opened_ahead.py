"""A connection that is opened before the stream that will use it: the first words must not wait for one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar


class Openable(Protocol):
    """What can wait, opened, to be used."""

    @property
    def is_fresh(self) -> bool:
        """Whether it can still be used."""
        ...

    async def close(self) -> None:
        """Free it at once; never raises."""
        ...


C = TypeVar("C", bound=Openable)


class OpenedAhead(Generic[C]):
    """Of one provider: at most one connection waits, and none while a stream has its own."""

    def __init__(self, connect: Callable[[], Awaitable[C]]) -> None:
        self._connect = connect
        self._waiting: C | None = None
        self._opening = asyncio.Lock()
        self._streams = 0

    async def open(self) -> None:
        """Have one waiting; raises what `connect` raises."""
        async with self._opening:
            if self._streams or (self._waiting and self._waiting.is_fresh):
                return
            await self._drop()
            self._waiting = await self._connect()

    async def take(self) -> C:
        """The one that waits, else a new one; it is the caller's to close."""
        async with self._opening:
            if self._waiting and self._waiting.is_fresh:
                taken, self._waiting = self._waiting, None
                return taken
            await self._drop()
            return await self._connect()

    @asynccontextmanager
    async def stream(self) -> AsyncGenerator[None, None]:
        """While a stream runs, which keeps a connection of its own."""
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1

    async def close(self) -> None:
        """Close the one that waits, or is being opened, if no stream took it; streams close their own."""
        async with self._opening:
            await self._drop()

    async def _drop(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting:
            await waiting.close()
