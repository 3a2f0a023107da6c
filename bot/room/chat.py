"""Chat messages of the linked person.

LiveKit's chat: text streams, and data packets of older clients. Files that are attached to a message come as byte
streams of the same topic; nothing here can read them, so they are let go, and the message counts by its text.
"""

import asyncio
import json
import logging
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.callbacks import Callbacks
from bot.room.linking import Linker
from bot.room.open_streams import OpenStreams
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

MOST_STREAMS = 64
"""Streams that are read at a time, each by a task of its own: one that does not end keeps nothing back."""

MOST_OF_ONE = 8
"""Of them those of one sender; more are refused. Whoever else is in the room cannot take those of the person."""

REMEMBERED_IDS = 64
"""Messages known by their ids, so that none is taken twice."""

EARLY_DELAY = 15.0
"""Seconds for which a message waits for its writer to be linked: participants are known up to a second late, and the
grace time of the person before may have to pass."""

EARLY_TEXTS = 64
"""Messages that may wait so. Of more, the oldest of the sender who has most is dropped, and it is logged."""

EARLY_OF_ONE = 16
"""Of them those of one sender: whoever else is in the room cannot drop those of the person."""


class Chat:
    """Takes the messages of the linked person, each once, and those typed just before they were; emits TextReceived."""

    def __init__(self, linker: Linker, emit: Callable[[RoomEvent], None]) -> None:
        self._linker = linker
        self._emit = emit
        self._streams = OpenStreams[rtc.TextStreamReader, str](MOST_STREAMS, MOST_OF_ONE)
        self._taken: deque[tuple[str, str]] = deque(maxlen=REMEMBERED_IDS)
        self._early: deque[tuple[float, str, str, str]] = deque()  # until when, identity, id, text
        # Whatever others send must not fill the log.
        self._warn_refused = RepeatedWarning(log, "%s opens a stream of text while too many are open; it is refused")
        self._warn_no_message = RepeatedWarning(log, "%s sent something on %s that is no chat message")
        self._warn_broken_off = RepeatedWarning(log, "a message of %s did not come to its end and is ignored: %r")
        self._warn_cut = RepeatedWarning(log, "a message of %s is longer than %d characters and is cut there")
        self._warn_dropped = RepeatedWarning(
            log, "too many messages wait for who wrote them to be linked; one of %s is dropped"
        )

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
        elif not self._streams.open(reader, identity, identity):
            reader.close()
            self._warn_refused(identity)

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
        await self._streams.read(self._read)

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        text = ""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                async for chunk in reader:
                    text += chunk
                    if len(text) > LONGEST_TEXT:
                        break
        except (StreamError, TimeoutError) as error:
            self._warn_broken_off(identity, error)
            return
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
        by_sender = Counter(sender for _, sender, _, _ in self._early)
        if by_sender[identity] >= EARLY_OF_ONE:
            self._drop_oldest(identity)
        elif by_sender.total() >= EARLY_TEXTS:
            self._drop_oldest(by_sender.most_common(1)[0][0])
        self._early.append((loop_time() + EARLY_DELAY, identity, message_id, text[: LONGEST_TEXT + 1]))

    def _drop_oldest(self, identity: str) -> None:
        self._warn_dropped(identity)
        self._early.remove(next(text for text in self._early if text[1] == identity))
