"""Messages of bytes between the bot and single participants: one byte stream each, on a topic of their own."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.callbacks import Callbacks
from bot.room.microphone import NativelyGone
from bot.room.open_streams import OpenStreams
from pipeline.repeated_warning import RepeatedWarning

log = logging.getLogger(__name__)

SESSION_TOPIC = "lk.agent.session"
"""Topic of LiveKit's session protocol."""

MOST_BYTES = 100_000
"""Of a message that comes; a longer one is let go."""

READ_TIMEOUT = 10.0
"""Seconds for reading a stream to its end: who disconnects in the middle of one leaves it open for ever."""

WRITE_TIMEOUT = 10.0
"""Seconds for writing one message; the client library lets writers wait while it reconnects."""

MOST_STREAMS = 64
"""Streams that are read at a time, each by a task of its own: one that does not end keeps nothing back."""

MOST_OF_ONE = 16
"""Of them those of one sender; more are refused. Whoever else is in the room cannot take those of the person."""

WAITING_MESSAGES = 256
"""Messages that may wait to be written; of more the oldest is dropped, and it is logged."""


class ByteWriter(Protocol):
    """One byte stream: `rtc.ByteStreamWriter`."""

    async def write(self, data: bytes) -> None: ...
    async def aclose(self) -> None: ...


class ByteAuthor(Protocol):
    """Writes byte streams: `rtc.LocalParticipant`."""

    async def stream_bytes(
        self, name: str, *, total_size: int | None, destination_identities: list[str] | None, topic: str
    ) -> ByteWriter: ...


class ByteMessages:
    """A channel that outlives connections. What is sent while there is none waits for the next one."""

    def __init__(self, topic: str = SESSION_TOPIC) -> None:
        self._topic = topic
        self._take: Callable[[str, bytes], None] | None = None
        self._streams = OpenStreams[rtc.ByteStreamReader, str](MOST_STREAMS, MOST_OF_ONE)
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._changed = asyncio.Event()
        self._warn_dropped = RepeatedWarning(log, "%d messages on %s wait to be sent; the oldest is dropped")

    def receive(self, take: Callable[[str, bytes], None]) -> None:
        """Have each message taken, with its sender's identity."""
        self._take = take

    def send(self, identity: str, message: bytes) -> None:
        """Send a message to one participant, soon and in order. It is lost when they are not there by then."""
        if len(self._waiting) == WAITING_MESSAGES:
            self._waiting.popleft()
            self._warn_dropped(WAITING_MESSAGES, self._topic)
        self._waiting.append((identity, message))
        self._changed.set()

    def register(self, callbacks: Callbacks) -> None:
        """Have the client library report what comes, unless another part of the program reads the topic."""
        try:
            callbacks.on_byte_stream(self._topic, self.on_stream)
        except ValueError:
            log.warning("another part of the program reads %s in this room: the bot does not answer there", self._topic)

    def on_stream(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        """Called by the client library when a stream is opened."""
        if self._take is None or not self._streams.open(reader, identity, identity):
            reader.close()  # unclosed, it would get every event of the process for ever

    async def keep(self, author: ByteAuthor) -> None:
        """Read and write, for the life of a connection."""
        self._changed.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_messages(author))
            group.create_task(self._streams.read(self._read))

    async def _read(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        message = b""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                async for chunk in reader:
                    message += chunk
                    if len(message) > MOST_BYTES:
                        return
        except (StreamError, TimeoutError) as error:
            log.debug("a message of %s on %s did not come to its end: %r", identity, self._topic, error)
            return
        if self._take is not None:
            self._take(identity, message)

    async def _write_messages(self, author: ByteAuthor) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                identity, message = self._waiting.popleft()
                try:
                    async with asyncio.timeout(WRITE_TIMEOUT):
                        await self._write(author, identity, message)
                except (StreamError, NativelyGone, TimeoutError) as error:
                    log.debug("a message to %s on %s could not be sent: %r", identity, self._topic, error)

    async def _write(self, author: ByteAuthor, identity: str, message: bytes) -> None:
        writer = await author.stream_bytes(
            "message", total_size=len(message), destination_identities=[identity], topic=self._topic
        )
        await writer.write(message)
        await writer.aclose()
