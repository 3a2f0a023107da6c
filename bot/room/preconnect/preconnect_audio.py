"""Receives what people said while the bot joined: LiveKit's pre-connect audio buffer.

An app that records from the click on sends the recording to the bot as a byte stream, begun once the bot is there and
ended when the bot has subscribed to the track; the track announces it by a feature.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.callbacks import Callbacks
from bot.room.open_streams import OpenStreams
from bot.room.preconnect.decoding import Format, NotDecoded, decode
from bot.room.preconnect.recording import PreconnectRecording
from pipeline.audio import LISTEN_RATE
from pipeline.clock import loop_time
from pipeline.repeated_warning import RepeatedWarning

log = logging.getLogger(__name__)

ANNOUNCED = 6
"""The feature of a track before which there is a recording: TF_PRECONNECT_BUFFER of AudioTrackFeature in LiveKit's
protocol."""

TOPIC = "lk.agent.pre-connect-audio-buffer"

MOST_BYTES = 4_000_000
"""Of a recording: 20 s of plain samples at 48 kHz with two channels. Opus has 16 kB a second."""

LONGEST = 20.0
"""Seconds of a recording that are heard: its end."""

READ_TIMEOUT = 30.0
"""Seconds for reading a stream to its end, which is when the bot has subscribed."""

MOST_STREAMS = 8
"""Streams that are read at a time, each by a task of its own; more are refused."""

MOST_OF_ONE = 2
"""Of them those of one sender: whoever opens many does not keep back what others have said."""

MOST_TRACKS = 16
"""Tracks that are remembered; of more the oldest is forgotten."""


class PreconnectAudio:
    """Of one connection. Each recording is taken once, by whoever begins to hear its track."""

    def __init__(self) -> None:
        self._streams = OpenStreams[rtc.ByteStreamReader, PreconnectRecording](MOST_STREAMS, MOST_OF_ONE)
        # By participant and track; None when it has been taken.
        self._by_track: OrderedDict[tuple[str, str], PreconnectRecording | None] = OrderedDict()
        self._warn_lost = RepeatedWarning(log, "what %s said while the bot joined is lost: %s")

    def register(self, callbacks: Callbacks) -> None:
        """Have the client library report recordings, unless another part of the program reads them."""
        try:
            callbacks.on_byte_stream(TOPIC, self.on_stream)
        except ValueError:
            log.info("another part of the program reads %s in this room", TOPIC)

    def on_stream(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        """Called by the client library when a recording begins to come."""
        track = identity, (reader.info.attributes or {}).get("trackId", "")
        recording = self._by_track[track] if track in self._by_track else PreconnectRecording(identity)
        if recording is None or recording.is_opened or not self._streams.open(reader, identity, recording):
            reader.close()  # unclosed, it would get every event of the process for ever
            return
        recording.is_opened = True
        self._remember(track, recording)

    def take(self, publication: rtc.RemoteTrackPublication, identity: str) -> PreconnectRecording | None:
        """Return the recording that goes before this track, when there is one or one was announced; once."""
        track = identity, publication.sid
        if track in self._by_track:
            recording, self._by_track[track] = self._by_track[track], None
            return recording
        if ANNOUNCED not in publication.audio_features:
            return None
        announced = PreconnectRecording(identity)
        self._remember(track, announced)
        return announced

    async def listen(self) -> None:
        """Read the streams, for the life of the connection."""
        await self._streams.read(self._take_in)

    async def _take_in(self, reader: rtc.ByteStreamReader, recording: PreconnectRecording) -> None:
        try:
            data = await self._read(reader, recording)
            ended_at = loop_time()
            audio = await asyncio.to_thread(decode, data, format_of(reader.info))
        except (StreamError, TimeoutError, NotDecoded) as error:
            recording.give_up()
            self._warn_lost(recording.identity, str(error) or f"it did not end within {READ_TIMEOUT:g} s")
            return
        recording.finish(audio[-round(LONGEST * LISTEN_RATE) :], ended_at)

    async def _read(self, reader: rtc.ByteStreamReader, recording: PreconnectRecording) -> bytes:
        """Read a stream to its end, or to what there is of it when that is wanted."""
        data = bytearray()
        try:
            async with asyncio.timeout(READ_TIMEOUT) as limit:
                recording.on_hurry = lambda: limit.reschedule(loop_time())
                async for chunk in reader:
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise NotDecoded(f"it is longer than {MOST_BYTES:,} bytes")
        except TimeoutError:
            if not recording.is_hurried:
                raise
        finally:
            recording.on_hurry = None
        return bytes(data)

    def _remember(self, track: tuple[str, str], recording: PreconnectRecording) -> None:
        self._by_track[track] = recording
        if len(self._by_track) > MOST_TRACKS:
            self._by_track.popitem(last=False)


def format_of(info: rtc.ByteStreamInfo) -> Format:
    """Return what the app says of its recording; what it does not say is as browsers record."""
    attributes = info.attributes or {}
    return Format(info.mime_type, _whole(attributes, "sampleRate", 48_000), _whole(attributes, "channels", 1))


def _whole(attributes: Mapping[str, str], name: str, otherwise: int) -> int:
    text = attributes.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise
