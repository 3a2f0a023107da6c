"""The child process of an engine, kept from one request to the next."""

import asyncio
from collections.abc import Awaitable, Callable

from pipeline.errors import Unavailable
from pipeline.providers.local.process.child import Child


class ChildOnDemand:
    """At most one child process: started when it is first needed, and again after it has died.

    Whoever uses it holds `turn`, for an engine does one thing at a time.
    """

    def __init__(self, provider: str, start: Callable[[], Awaitable[Child]]) -> None:
        """`start` makes a child that is ready; errors begin with `provider`."""
        self.turn = asyncio.Lock()
        self._provider, self._start = provider, start
        self._child: Child | None = None
        self._closed = False

    async def running(self) -> Child:
        """Return the child, started first when none runs. Raises ProviderError."""
        if self._closed:
            raise Unavailable(self._provider, "it was closed: make a new one")
        if self._child is not None and not self._child.is_alive:
            await self._child.close()
            self._child = None
        if self._child is None:
            self._child = await self._start()
        return self._child

    async def close(self) -> None:
        """End the child for good; what it does breaks off."""
        self._closed = True
        if self._child is not None:
            await self._child.close()
        async with self.turn:
            if self._child is not None:  # it was being started
                await self._child.close()
