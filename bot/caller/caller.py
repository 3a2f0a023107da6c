"""A person's client in a room: publishes a microphone, records one voice, and reads transcripts and chat."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from livekit import rtc
from livekit.rtc.participant import PublishTrackError
from livekit.rtc.room import EventTypes

from bot.caller.microphone import CallerMicrophone, Play
from bot.caller.presence import BotPresence
from bot.caller.recording import Recording
from bot.caller.texts import TextLog
from bot.caller.voice_recorder import VoiceRecorder
from bot.room.endings import explain_join_failure
from bot.room.joining import CONNECT_TIMEOUT
from bot.room.reachability import until_reachable
from pipeline.audio import Pcm
from pipeline.errors import RoomError

CHANGES: tuple[EventTypes, ...] = (
    "participant_connected",
    "participant_disconnected",
    "track_published",
    "track_unpublished",
    "track_subscribed",
    "track_unsubscribed",
    "track_muted",
    "track_unmuted",
    "reconnecting",
    "reconnected",
)
"""Room events after which another voice may have to be recorded."""

LEAVE_TIMEOUT = 3.0
"""Seconds for leaving properly; after that the server notices by itself."""


class RoomCaller:
    """One participant of a room, an async context manager. All times are loop times.

    The microphone carries silence while nothing is played, from entering to leaving the block, also outside the room.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        identity: str,
        subscribe: bool = True,
        publish: bool = True,
        listen_to: str | None = None,
    ) -> None:
        """`identity` is the token's; `listen_to` is the identity to record, by default the first agent, else anyone."""
        self.url, self.identity = url, identity
        self.room = rtc.Room()
        self._token = token
        self._subscribe, self._publish = subscribe, publish
        self._tasks = asyncio.TaskGroup()
        self._recorder = VoiceRecorder(self._tasks, listen_to)
        self.texts = TextLog(self._tasks)
        self.presence = BotPresence()
        self._microphone: CallerMicrophone | None = None
        self._publication: rtc.LocalTrackPublication | None = None
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        try:
            if self._publish:
                self._microphone = CallerMicrophone()
                self._tasks.create_task(self._microphone.write())
            if self._subscribe:
                self._watching = self._tasks.create_task(self._recorder.watch())
            await self.join()
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
            await self.leave()
        finally:
            if self._microphone is not None:
                self._microphone.close()
            if self._watching is not None:
                self._watching.cancel()
            # without the block's own exception, which the group would wrap
            await self._tasks.__aexit__(None, None, None)

    # --- being in the room ---

    async def join(self) -> None:
        """Join the room, also again after `leave()`: a new connection, the same identity and recording.

        Raises RoomError; its message says what to do.
        """
        self.room = room = rtc.Room()
        self._register(room)
        try:
            options = rtc.RoomOptions(auto_subscribe=self._subscribe, connect_timeout=CONNECT_TIMEOUT)
            await until_reachable(self.url)
            await room.connect(self.url, self._token, options)
            self.presence.look(room)
            if self._publish:
                await self.publish_microphone()
        except (ConnectionError, rtc.ConnectError, PublishTrackError) as error:
            raise RoomError(explain_join_failure(str(error), self.url)) from None

    async def leave(self) -> None:
        """Leave the room; the recording stays."""
        room, self.room = self.room, rtc.Room()  # late events of the room that is being left must start nothing
        self._recorder.close()
        self._publication = None
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_TIMEOUT):
                await room.disconnect()

    def _register(self, room: rtc.Room) -> None:
        """Subscribe to the events of a room that is about to be joined."""

        def changed(*_: object) -> None:
            if room is self.room:
                self._recorder.follow(room)

        self.presence.register(room)
        self.texts.register(room)
        for event in CHANGES:
            room.on(event, changed)

    # --- speaking ---

    @property
    def microphone(self) -> CallerMicrophone:
        """The microphone; RuntimeError when the caller was made with publish=False."""
        if self._microphone is None:
            raise RuntimeError(f"{self.identity} has no microphone (publish=False)")
        return self._microphone

    async def publish_microphone(self) -> None:
        """Publish the microphone track; `join` does this."""
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self.microphone.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        self._publication = await self.room.local_participant.publish_track(track, options)

    def start_playing(self, pcm: Pcm, rate: int, gain: float = 1.0, at: float | None = None) -> Play:
        """Start to play and return at once: `await play.started`, `await play.finished`, `play.stop()`."""
        return self.microphone.start(pcm, rate, gain, at)

    # --- hearing and seeing ---

    @property
    def recording(self) -> Recording:
        """The recording of the bot, or of `listen_to`."""
        return self._recorder.recording

    @property
    def heard_identity(self) -> str | None:
        """The identity that is recorded now, or was last."""
        return self._recorder.heard_identity
