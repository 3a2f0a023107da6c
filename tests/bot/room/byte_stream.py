"""A byte stream that is fed by hand, as the client library gives it."""

import asyncio
from types import SimpleNamespace

from livekit.rtc.data_stream import StreamError


class Reader:
    """A byte stream of these pieces; None does not come. `info` is what its sender says of it."""

    def __init__(
        self, *chunks: bytes | None, error: StreamError | None = None, info: SimpleNamespace | None = None
    ) -> None:
        self.info = info
        self.closed = False
        self._chunks, self._error = list(chunks), error

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)
        if not self._chunks:
            raise self._error or StopAsyncIteration
        if (chunk := self._chunks.pop(0)) is None:
            await asyncio.Event().wait()
        return chunk or b""

    def close(self) -> None:
        self.closed = True
