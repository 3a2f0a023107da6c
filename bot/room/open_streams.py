"""The streams of others: each sender has some of their own, each with its own task, so that none keeps back others."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

About = TypeVar("About")


class StreamReader(Protocol):
    """A stream of bytes or of text: `rtc.ByteStreamReader`, `rtc.TextStreamReader`."""

    def close(self) -> None: ...


Reader = TypeVar("Reader", bound=StreamReader)


class OpenStreams(Generic[Reader, About]):
    """Streams from when they are opened until they have been read; each comes with what its reading needs."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._by_sender = Counter[str]()
        self._opened: asyncio.Queue[tuple[Reader, str, About]] = asyncio.Queue()

    def open(self, reader: Reader, identity: str, about: About) -> bool:
        """Have one more read; return False when that is too much, and it is not to be read."""
        if self._by_sender.total() >= self._most or self._by_sender[identity] >= self._most_of_one:
            return False
        self._by_sender[identity] += 1
        self._opened.put_nowait((reader, identity, about))
        return True

    async def read(self, read: Callable[[Reader, About], Coroutine[Any, Any, None]]) -> None:
        """Have `read` read them, for the life of a connection; each is closed when it returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                reader, identity, about = await self._opened.get()
                reading = group.create_task(read(reader, about))
                reading.add_done_callback(partial(self._close, reader, identity))  # even if it never began

    def _close(self, reader: Reader, identity: str, _: asyncio.Task[None]) -> None:
        reader.close()
        self._by_sender[identity] -= 1
        if not self._by_sender[identity]:
            del self._by_sender[identity]
