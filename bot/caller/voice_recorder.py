"""Chooses which voice in the room is recorded, and reads its audio stream."""

import asyncio
from collections import Counter
from contextlib import suppress

from livekit import rtc

from bot.caller.recording import Recording
from bot.room.microphone import NativelyGone

LOOK_DELAY = 0.5
"""Seconds between checks that the right voice is heard."""

DEAF_DELAY = 2.0
"""Seconds without a track, or without frames of it, after which a microphone is subscribed to again. Frames come all
the time, also while its owner is silent or muted."""

MOST_SUBSCRIPTIONS = 5
"""Repeated subscriptions to one publication, at most."""


class VoiceRecorder:
    """Records one remote microphone across mute, republish, reconnect, leaving and coming back.

    The room's present state decides, not the order of its events: the participant named `identity` if given, else the
    first agent, else anyone. A voice is kept while its track exists, unless an agent joins. Events get lost, and the
    client drops some that come in an unexpected order, so `watch` checks: a microphone that should be heard and is not
    is subscribed to again.
    """

    def __init__(self, tasks: asyncio.TaskGroup, identity: str | None = None) -> None:
        self.recording = Recording()
        self.heard_identity: str | None = None
        """The identity that is recorded now, or was last."""
        self._tasks = tasks
        self._wanted = identity
        self._room: rtc.Room | None = None
        self._track: rtc.RemoteAudioTrack | None = None
        self._reader: asyncio.Task[None] | None = None
        self._frame_at = 0.0  # loop time of the last frame, or of the start
        self._deaf_since: dict[str, float] = {}  # by the publication's SID
        self._subscribed: Counter[str] = Counter()

    def follow(self, room: rtc.Room) -> None:
        """Choose the voice again; call this whenever tracks or participants change."""
        self._room = room
        found = self._choose(room)
        track = found[1] if found else None
        if track is self._track and self._reader is not None:
            return
        self._stop()
        if found is None:
            return
        self.heard_identity, self._track = found
        self.recording.restart()
        self._frame_at = asyncio.get_running_loop().time()
        self._reader = self._tasks.create_task(self._record(found[1]))

    def close(self) -> None:
        """Stop recording; the recording stays."""
        self._room = None
        self._stop()

    async def watch(self) -> None:
        """Repair what no event reports, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_DELAY)
            if self._room is not None and self._room.connection_state == rtc.ConnectionState.CONN_CONNECTED:
                self.follow(self._room)
                self._subscribe_again(self._room)

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        self._reader = self._track = None

    def _choose(self, room: rtc.Room) -> tuple[str, rtc.RemoteAudioTrack] | None:
        voices = [
            (participant, publication.track)
            for participant, publication in self._microphones(room)
            if isinstance(publication.track, rtc.RemoteAudioTrack)
        ]
        # sorted() is stable: agents first, then the voice that is heard already, then the order of joining
        agent = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        voices = sorted(voices, key=lambda voice: (voice[0].kind != agent, voice[1] is not self._track))
        return (voices[0][0].identity, voices[0][1]) if voices else None

    def _microphones(self, room: rtc.Room) -> list[tuple[rtc.RemoteParticipant, rtc.RemoteTrackPublication]]:
        return [
            (participant, publication)
            for participant in room.remote_participants.values()
            for publication in participant.track_publications.values()
            if publication.source == rtc.TrackSource.SOURCE_MICROPHONE and self._wanted in (None, participant.identity)
        ]

    def _subscribe_again(self, room: rtc.Room) -> None:
        now = asyncio.get_running_loop().time()
        deaf_to = {
            publication.sid: publication
            for _, publication in self._microphones(room)
            if publication.track is None or (publication.track is self._track and now - self._frame_at > DEAF_DELAY)
        }
        # Twice in a row: a stall of this process makes frames late as well.
        self._deaf_since = {sid: self._deaf_since.get(sid, now) for sid in deaf_to}
        for sid, publication in deaf_to.items():
            if now - self._deaf_since[sid] > DEAF_DELAY and self._subscribed[sid] < MOST_SUBSCRIPTIONS:
                self._subscribed[sid] += 1
                self._deaf_since[sid] = now
                with suppress(NativelyGone):
                    publication.set_subscribed(False)
                    publication.set_subscribed(True)

    async def _record(self, track: rtc.RemoteAudioTrack) -> None:
        loop = asyncio.get_running_loop()
        try:
            stream = rtc.AudioStream(track, sample_rate=self.recording.rate, num_channels=1, frame_size_ms=10)
        except NativelyGone:
            return
        try:
            async for event in stream:
                self._frame_at = loop.time()
                self.recording.append(self._frame_at, event.frame.data.tobytes())
        finally:
            await stream.aclose()
            if self._reader is asyncio.current_task():
                self._reader = None  # the stream has ended by itself; `watch` starts another
