"""Captions of both sides in the room: LiveKit's text streams on the topic `lk.transcription`.

Frontends show one message a segment (`lk.segment_id`), with the text of its latest stream. The bot's segment is one
stream that grows, and once it is final a second one with the whole text: livekit-client drops a stream for whose topic
the page has no handler yet, and a page may get one late. A person's is a whole stream for every update, in the person's
name.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from livekit.rtc.data_stream import StreamError

from bot.room.legacy_captions import LegacyAuthor, LegacyFailure, write_legacy
from bot.room.linking import Linker
from bot.room.microphone import NativelyGone
from bot.room.outbox import CaptionUpdate, Outbox
from pipeline.clock import loop_time

log = logging.getLogger(__name__)

TOPIC = "lk.transcription"

UNHEARD_ATTRIBUTE = "rawbot.unheard"
"""The attribute of a final segment with what was written behind its text and will not be heard."""

LONGEST_UNHEARD = 2_000
"""Characters of it; attributes travel in one packet, which may have 15 kB."""

WRITE_TIMEOUT = 10.0
"""Seconds for writing one text. The client library lets writers wait while it reconnects, 3 s for a lost signalling
connection, and longer when attempts fail; past this the text goes again when the connection is back."""

LAST_CAPTIONS_TIMEOUT = 0.3
"""Seconds for sending the captions that wait when the bot leaves; mostly it takes a few milliseconds."""


class Track(Protocol):
    """A track that others know by its SID: the bot's `RoomVoice`, the linked person's `RoomMicrophone`."""

    @property
    def track_sid(self) -> str | None: ...


class Named(Protocol):
    """What is known of a stream: `rtc.TextStreamInfo`."""

    @property
    def stream_id(self) -> str: ...


class Writer(Protocol):
    """One text stream: `rtc.TextStreamWriter`."""

    @property
    def info(self) -> Named: ...
    async def write(self, text: str) -> None: ...
    async def aclose(self, *, attributes: dict[str, str] | None = None) -> None: ...


class Permissions(Protocol):
    """The rights of the access token."""

    @property
    def can_publish_data(self) -> bool: ...


class Author(LegacyAuthor, Protocol):
    """Writes text streams: `rtc.LocalParticipant`."""

    @property
    def permissions(self) -> Permissions: ...
    async def stream_text(
        self, *, topic: str, attributes: dict[str, str] | None, stream_id: str | None, sender_identity: str | None
    ) -> Writer: ...


class Growing:
    """The bot's segment that is being written."""

    def __init__(self, segment_id: str) -> None:
        self.segment_id = segment_id
        self.writer: Writer | None = None
        self.text = ""
        self.interrupted = False
        """Not everybody has all of it: the connection was away since it was opened, or somebody has come since then."""

    def becomes(self, caption: CaptionUpdate) -> bool:
        """Whether this caption only adds to what was written."""
        return not self.interrupted and self.segment_id == caption.segment_id and caption.text.startswith(self.text)


class RoomCaptions:
    """Implements `pipeline.ports.Captions`. It outlives connections; each of them writes what waits (`keep`)."""

    def __init__(self, *, linker: Linker, microphone: Track, voice: Track, legacy: bool = False) -> None:
        """`legacy`: also write the packets that frontends read before there were text streams."""
        self._legacy = legacy
        self._linker = linker
        self._microphone = microphone
        self._voice = voice
        self._outbox = Outbox()
        self._changed = asyncio.Event()
        self._held = True
        self._growing: Growing | None = None
        self._failing = False
        self._is_idle = asyncio.Event()
        """Nothing waits that can be written now."""
        self._is_idle.set()

    def person(self, segment_id: str, text: str, *, final: bool) -> None:
        """See `Captions.person`."""
        linked = self._linker.linked
        if linked is None and segment_id not in self._outbox:
            log.debug("nobody is linked who could have said this: %r", text)
            return
        update = CaptionUpdate(segment_id, text, final, identity=linked, track_sid=self._microphone.track_sid)
        self._put(update)

    def bot(self, segment_id: str, text: str, *, final: bool, unheard: str = "") -> None:
        """See `Captions.bot`. Of a segment without any text nothing is shown."""
        self._put(CaptionUpdate(segment_id, text, final, unheard[:LONGEST_UNHEARD]))

    async def sent(self) -> None:
        """Return when nothing waits any more, or the connection is away."""
        await self._is_idle.wait()

    async def send_last(self) -> None:
        """Return when nothing waits any more, after LAST_CAPTIONS_TIMEOUT seconds at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_CAPTIONS_TIMEOUT):
                await self.sent()

    def _put(self, caption: CaptionUpdate) -> None:
        self._outbox.put(caption)
        self._changed.set()
        if not self._held:
            self._is_idle.clear()

    def hold(self) -> None:
        """Stop writing while the connection is away; what was written lately may not have arrived and is sent again."""
        self._held = True
        self._is_idle.set()
        if self._growing is not None:
            self._growing.interrupted = True
        self._outbox.doubt(loop_time())

    def show_newcomer(self) -> None:
        """Write what is not final once more as a whole, as somebody has come who has seen nothing of it."""
        if self._growing is not None:
            self._growing.interrupted = True
        self._outbox.repeat_open()
        self._changed.set()

    def write_again(self) -> None:
        """Go on writing, as the connection is back."""
        self._held = False
        self._is_idle.clear()
        self._changed.set()

    async def keep(self, author: Author) -> None:
        """Write what waits, for the life of a connection."""
        if not author.permissions.can_publish_data:  # writing then does nothing, without an error
            log.warning("what is said cannot be shown as text: the access token needs the grant canPublishData")
        self.write_again()
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                while not self._held and (caption := self._outbox.take(loop_time())):
                    await self._write(author, caption)
                self._is_idle.set()
        finally:
            self.hold()
            self._growing = None  # its writer is gone with the connection

    async def _write(self, author: Author, caption: CaptionUpdate) -> None:
        """Write one caption. One that fails is shown with the segment's next text, or when the connection is back."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                if caption.identity is None:
                    await self._write_bots(author, caption)
                else:
                    await self._write_whole(author, caption)
                if self._legacy:
                    await write_legacy(author, caption, self._track_sid(caption))
        except (StreamError, LegacyFailure, NativelyGone, TimeoutError) as error:
            self._growing = None
            level = logging.DEBUG if self._failing or self._held else logging.WARNING
            log.log(level, "what is said could not be shown as text: %r", error)
            self._failing = True
        else:
            self._failing = False

    async def _write_bots(self, author: Author, caption: CaptionUpdate) -> None:
        growing, stream_id = self._growing, None
        if growing is not None and (caption.final or not growing.becomes(caption)):
            stream_id = await self._end(growing, caption)
            growing = None
        if caption.final:
            await self._write_whole(author, caption, stream_id)
            return
        if growing is None:
            self._growing = growing = Growing(caption.segment_id)
        if growing.writer is None:
            attributes = _attributes(caption, self._track_sid(caption))
            growing.writer = await author.stream_text(
                topic=TOPIC, attributes=attributes, stream_id=stream_id, sender_identity=None
            )
        if growth := caption.text.removeprefix(growing.text):
            growing.text = caption.text
            await growing.writer.write(growth)

    async def _write_whole(self, author: Author, caption: CaptionUpdate, stream_id: str | None = None) -> None:
        attributes = _attributes(caption, self._track_sid(caption))
        writer = await author.stream_text(
            topic=TOPIC, attributes=attributes, stream_id=stream_id, sender_identity=caption.identity
        )
        if caption.text:
            await writer.write(caption.text)
        await writer.aclose()

    async def _end(self, growing: Growing, caption: CaptionUpdate) -> str | None:
        """Close a stream that another one replaces, so that its readers do not wait for more.

        When nothing but its end was missing it is closed as final: not every frontend goes by segments. Returns its id
        if the other one may have it, too: components-react takes another id for another message, and puts it last.
        """
        self._growing = None
        if growing.writer is None:
            return None
        with suppress(StreamError, NativelyGone):
            is_its_end = caption.final and growing.becomes(caption)
            if is_its_end and (growth := caption.text.removeprefix(growing.text)):
                await growing.writer.write(growth)
            attributes = _attributes(caption, self._track_sid(caption))
            await growing.writer.aclose(attributes=attributes if is_its_end else None)
            return growing.writer.info.stream_id if growing.segment_id == caption.segment_id else None
        return None

    def _track_sid(self, caption: CaptionUpdate) -> str | None:
        return self._voice.track_sid if caption.identity is None else caption.track_sid


def _attributes(caption: CaptionUpdate, track_sid: str | None) -> dict[str, str]:
    attributes = {"lk.segment_id": caption.segment_id, "lk.transcription_final": "true" if caption.final else "false"}
    if track_sid is not None:
        attributes["lk.transcribed_track_id"] = track_sid
    if caption.unheard:
        attributes[UNHEARD_ATTRIBUTE] = caption.unheard
    return attributes
