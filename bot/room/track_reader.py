"""Feeds the linked person's track into the bot's microphone."""

import asyncio
from collections.abc import Callable

from livekit import rtc

from bot.room.microphone import RoomMicrophone
from bot.room.preconnect.recording import PreconnectRecording


class TrackReader:
    """Reads one track at a time: two at once would interleave their frames."""

    def __init__(self, microphone: RoomMicrophone) -> None:
        self._microphone = microphone
        self._track: rtc.RemoteAudioTrack | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def track(self) -> rtc.RemoteAudioTrack | None:
        """The track that is being read; None also when it has ended."""
        return self._track if self._reading is not None and not self._reading.done() else None

    def read(
        self,
        track: rtc.RemoteTrack | None,
        group: asyncio.TaskGroup,
        take_recording: Callable[[], PreconnectRecording | None] = lambda: None,
    ) -> None:
        """Read this track in a task of `group`, instead of the one before; None, or one without audio, for no track.

        `take_recording` is called for what was recorded before a track that begins to be read.
        """
        if track is self._track:
            return
        self.stop()
        if isinstance(track, rtc.RemoteAudioTrack):
            self._track = track
            self._reading = group.create_task(self._microphone.play_in(track, take_recording()))

    def stop(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
        self._track = self._reading = None
