"""What the linked person types: LiveKit's chat, as text streams and as the data packets of older clients."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.linking import Linker
from pipeline.events import RoomEvent, TextReceived

log = logging.getLogger(__name__)

TOPIC = "lk.chat"

LEGACY_TOPIC = "lk-chat-topic"
"""Topic of data packets with JSON: `id`, `timestamp`, `message`, and `ignoreLegacy` when the same message comes as a
text stream, too. Clients that are not sure of it leave that out, and send both under one id."""

LONGEST_TEXT = 10_000
"""Characters of a message that count; the rest is cut off."""

READ_TIMEOUT = 10.0
"""Seconds for reading a stream to its end: who disconnects in the middle of one leaves it open for ever."""

READERS = 4
"""Streams that are read at a time; one that does not end must not keep back the next message."""

WAITING_STREAMS = 16
"""Streams that may wait to be read; more are refused."""

REMEMBERED_IDS = 64
"""Messages known by their ids, so that none is taken twice."""


class Chat:
    """Takes the messages of the linked person, each once, and emits them as TextReceived."""

    def __init__(self, linker: Linker, emit: Callable[[RoomEvent], None]) -> None:
        self._linker = linker
        self._emit = emit
        self._opened: asyncio.Queue[tuple[rtc.TextStreamReader, str]] = asyncio.Queue(WAITING_STREAMS)
        self._taken: deque[tuple[str, str]] = deque(maxlen=REMEMBERED_IDS)

    def on_stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        """Called by the client library when a stream is opened."""
        # Who is linked may be settled a moment later: then it is looked at when the text is here.
        if self._linker.linked not in (None, identity):
            reader.close()  # unclosed, it would get every event of the process for ever
        elif self._opened.full():
            reader.close()
            log.warning("%s opens more than %d streams of text at a time; one is refused", identity, WAITING_STREAMS)
        else:
            self._opened.put_nowait((reader, identity))

    def on_packet(self, packet: rtc.DataPacket) -> None:
        """Called by the client library for every data packet."""
        sender = packet.participant.identity if packet.participant else None  # a server's packet has none
        if packet.topic != LEGACY_TOPIC or sender is None or sender != self._linker.linked:
            return
        try:
            message = json.loads(packet.data)
            ignored, text, message_id = message.get("ignoreLegacy"), message["message"], message.get("id")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            text = ignored = message_id = None
        if ignored:
            return
        if not isinstance(text, str):
            log.warning("%s sent something on %s that is no chat message", sender, LEGACY_TOPIC)
            return
        self._take(sender, message_id if isinstance(message_id, str) else "", text)

    async def listen(self) -> None:
        """Read the streams, for the life of the connection."""
        async with asyncio.TaskGroup() as group:
            for _ in range(READERS):
                group.create_task(self._read_streams())

    async def _read_streams(self) -> None:
        while True:
            reader, identity = await self._opened.get()
            text = ""
            try:
                async with asyncio.timeout(READ_TIMEOUT):
                    async for chunk in reader:
                        text += chunk
                        if len(text) > LONGEST_TEXT:
                            break
            except (StreamError, TimeoutError) as error:
                log.warning("a message of %s did not come to its end and is ignored: %r", identity, error)
                continue
            finally:
                reader.close()
            self._take(identity, reader.info.stream_id, text)

    def _take(self, identity: str, message_id: str, text: str) -> None:
        text = text.strip()
        if identity != self._linker.linked or not text:
            return
        if message_id:
            if (identity, message_id) in self._taken:
                return
            self._taken.append((identity, message_id))
        if len(text) > LONGEST_TEXT:
            log.warning("a message of %s is longer than %d characters and is cut there", identity, LONGEST_TEXT)
            text = text[:LONGEST_TEXT]
        self._emit(TextReceived(asyncio.get_running_loop().time(), identity, text))
