"""Records the texts in the room: transcripts and chat."""

import asyncio
from dataclasses import dataclass, field

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room import captions, chat

TRANSCRIPTION, CHAT = captions.TOPIC, chat.TOPIC


@dataclass
class Text:
    """One text stream; it grows until `closed_at` is set."""

    topic: str
    identity: str
    """The speaker: the stream's sender identity, which for a person's transcript is the person, not the bot."""
    stream_id: str
    opened_at: float
    attributes: dict[str, str]
    chunks: list[tuple[float, str]] = field(default_factory=list)
    """Loop time of arrival and text of each chunk."""
    closed_at: float | None = None
    error: str | None = None
    """Why the stream broke off, if it did."""

    @property
    def text(self) -> str:
        return "".join(chunk for _, chunk in self.chunks)

    @property
    def segment_id(self) -> str:
        """`lk.segment_id`; without one, the stream's id."""
        return self.attributes.get("lk.segment_id", self.stream_id)

    @property
    def final(self) -> bool:
        """`lk.transcription_final`, from the stream's header or trailer."""
        return self.attributes.get("lk.transcription_final") == "true"


class TextLog:
    """All streams of both topics, in order of opening. Leaving a room closes the open ones."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.streams: list[Text] = []
        self._tasks = tasks

    def register(self, room: rtc.Room) -> None:
        """Receive both topics; call this before the room connects, or early streams are dropped."""
        for topic in (TRANSCRIPTION, CHAT):
            room.register_text_stream_handler(topic, self._opened)

    def segments(self, identity: str | None = None) -> list[Text]:
        """Return transcripts as a frontend shows them: of several streams with one segment id the latest."""
        latest: dict[tuple[str, str], Text] = {}
        for stream in self.streams:
            if stream.topic == TRANSCRIPTION and identity in (None, stream.identity):
                latest[(stream.identity, stream.segment_id)] = stream
        return list(latest.values())

    def chat(self, identity: str | None = None) -> list[Text]:
        """Return the chat messages received."""
        return [stream for stream in self.streams if stream.topic == CHAT and identity in (None, stream.identity)]

    def _opened(self, reader: rtc.TextStreamReader, identity: str) -> None:
        info = reader.info
        opened_at = asyncio.get_running_loop().time()
        text = Text(info.topic, identity, info.stream_id, opened_at, dict(info.attributes or {}))
        self.streams.append(text)
        self._tasks.create_task(self._read(reader, text))

    async def _read(self, reader: rtc.TextStreamReader, text: Text) -> None:
        loop = asyncio.get_running_loop()
        try:
            async for chunk in reader:
                text.chunks.append((loop.time(), chunk))
        except StreamError as error:
            text.error = error.description
        finally:
            reader.close()
            text.attributes.update(reader.info.attributes or {})
            text.closed_at = loop.time()
