"""Chat messages of the linked person.

LiveKit's chat: text streams, and data packets of older clients. Files that are attached to a message come as byte
streams of the same topic; nothing here can read them, so they are let go, and the message counts by its text.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.callbacks import Callbacks
from bot.room.linking import Linker
from pipeline.clock import loop_time
from pipeline.events import RoomEvent, TextReceived
from pipeline.repeated_warning import RepeatedWarning
from pipeline.text.encodable import encodable

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

EARLY_DELAY = 15.0
"""Seconds for which a message waits for its writer to be linked: participants are known up to a second late, and the
grace time of the person before may have to pass."""

EARLY_TEXTS = 16
"""Messages that may wait so; beyond it the oldest are dropped, and logged."""


class Chat:
    """Takes the messages of the linked person, each once, and those typed just before they were; emits TextReceived."""

    def __init__(self, linker: Linker, emit: Callable[[RoomEvent], None]) -> None:
        self._linker = linker
        self._emit = emit
        self._opened: asyncio.Queue[tuple[rtc.TextStreamReader, str]] = asyncio.Queue(WAITING_STREAMS)
        self._taken: deque[tuple[str, str]] = deque(maxlen=REMEMBERED_IDS)
        self._early: deque[tuple[float, str, str, str]] = deque()  # until when, identity, id, text
        # Whatever others send must not fill the log.
        self._warn_refused = RepeatedWarning(log, "%s opens more than %d streams of text at a time; one is refused")
        self._warn_no_message = RepeatedWarning(log, "%s sent something on %s that is no chat message")
        self._warn_broken_off = RepeatedWarning(log, "a message of %s did not come to its end and is ignored: %r")
        self._warn_cut = RepeatedWarning(log, "a message of %s is longer than %d characters and is cut there")
        self._warn_dropped = RepeatedWarning(log, "%d messages wait for their writers to be linked; one is dropped")

    def register(self, callbacks: Callbacks) -> None:
        """Have the client library report what is typed, unless another part of the program reads the chat."""
        callbacks.on_event("data_received", self.on_packet)
        try:
            callbacks.on_text_stream(TOPIC, self.on_stream)
        except ValueError:
            log.warning("another part of the program reads %s in this room: the bot does not see what is typed", TOPIC)
        with suppress(ValueError):  # another part of the program reads the files
            callbacks.on_byte_stream(TOPIC, lambda reader, _: reader.close())

    def on_stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        """Called by the client library when a stream is opened."""
        if not self._may_count(identity):
            reader.close()  # unclosed, it would get every event of the process for ever
        elif self._opened.full():
            reader.close()
            self._warn_refused(identity, WAITING_STREAMS)
        else:
            self._opened.put_nowait((reader, identity))

    def on_packet(self, packet: rtc.DataPacket) -> None:
        """Called by the client library for every data packet."""
        sender = packet.participant.identity if packet.participant else None  # a server's packet has none
        if packet.topic != LEGACY_TOPIC or sender is None or not self._may_count(sender):
            return
        try:
            message = json.loads(packet.data)
            ignored, text, message_id = message.get("ignoreLegacy"), message["message"], message.get("id")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            text = ignored = message_id = None
        if ignored:
            return
        if not isinstance(text, str):
            self._warn_no_message(sender, LEGACY_TOPIC)
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
                self._warn_broken_off(identity, error)
                continue
            finally:
                reader.close()
            self._take(identity, reader.info.stream_id, text)

    def look(self) -> None:
        """Somebody else may be linked now: take what they have typed before."""
        now, early = loop_time(), self._early
        self._early = deque()
        for until, identity, message_id, text in early:
            if until <= now:
                continue
            if identity == self._linker.linked:
                self._take(identity, message_id, text)
            else:
                self._early.append((until, identity, message_id, text))

    def _may_count(self, identity: str) -> bool:
        """Whether they are linked, or may be in a moment."""
        return self._linker.linked in (None, identity) or self._linker.away_until is not None

    def _take(self, identity: str, message_id: str, text: str) -> None:
        text = encodable(text.strip())
        if not text:
            return
        if identity != self._linker.linked:
            if self._may_count(identity):
                self._keep(identity, message_id, text)
            return
        if message_id:
            if (identity, message_id) in self._taken:
                return
            self._taken.append((identity, message_id))
        if len(text) > LONGEST_TEXT:
            self._warn_cut(identity, LONGEST_TEXT)
            text = text[:LONGEST_TEXT]
        self._emit(TextReceived(loop_time(), identity, text))

    def _keep(self, identity: str, message_id: str, text: str) -> None:
        if len(self._early) == EARLY_TEXTS:
            self._warn_dropped(EARLY_TEXTS)
            self._early.popleft()
        self._early.append((loop_time() + EARLY_DELAY, identity, message_id, text))
