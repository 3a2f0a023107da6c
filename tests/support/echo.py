"""A participant that plays back at once what it hears: what comes back tells the delay of the transport alone."""

import asyncio
from types import TracebackType
from typing import Self

from livekit import rtc

from .access import access_token

RATE = 48_000

QUEUE_MS = 10
"""What the source may hold, the least that paces. A queue of 50 ms made the floor about 40 ms longer."""

BACKLOG = 2
"""Frames that may wait for the source; one more pushes the oldest out, or a stall would delay all that follows it."""


class Echo:
    """Joins as an agent, publishes a microphone track and plays on it what it hears of the first person. No VAD."""

    def __init__(
        self, url: str, api_key: str, api_secret: str, *, room: str, identity: str = "echo", queue_ms: int = QUEUE_MS
    ) -> None:
        self._url = url
        self._token = access_token(api_key, api_secret, room=room, identity=identity, kind="agent")
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=queue_ms)
        self._tasks = asyncio.TaskGroup()
        self._playing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        try:
            self._room.on("track_subscribed", self._heard)
            await self._room.connect(self._url, self._token)
            track = rtc.LocalAudioTrack.create_audio_track("echo", self._source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            await self._room.local_participant.publish_track(track, options)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        try:
            await self._room.disconnect()
        finally:
            if self._playing is not None:
                self._playing.cancel()
            await self._tasks.__aexit__(None, None, None)
            await self._source.aclose()

    def _heard(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        person = participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
        microphone = publication.source == rtc.TrackSource.SOURCE_MICROPHONE
        if person and microphone and self._playing is None:
            self._playing = self._tasks.create_task(self._play_back(track))

    async def _play_back(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, capacity=BACKLOG, sample_rate=RATE, num_channels=1, frame_size_ms=10)
        try:
            async for event in stream:
                await self._source.capture_frame(event.frame)
        finally:
            await stream.aclose()
