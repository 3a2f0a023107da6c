"""Which voice in the room is recorded, and the stream that carries it."""

import asyncio

from livekit import rtc

from .recording import Recording


class Ear:
    """Records one remote microphone across mute, republish, reconnect, leaving and coming back.

    The room's present state says whom to listen to, not the order of its events: the participant named `identity` if
    given, else the first agent, else anybody. Who is heard is kept while the track is there, unless an agent comes.
    """

    def __init__(self, tasks: asyncio.TaskGroup, identity: str | None = None) -> None:
        self.recording = Recording()
        self.heard_identity: str | None = None
        """Whom the recording is of, now or last."""
        self._tasks = tasks
        self._wanted = identity
        self._track: rtc.RemoteAudioTrack | None = None
        self._reader: asyncio.Task[None] | None = None

    def follow(self, room: rtc.Room) -> None:
        """Listen to whom the room now offers: call it whenever tracks or participants change. Synchronous."""
        found = self._choose(room)
        track = found[1] if found else None
        if track is self._track:
            return
        self.close()
        if found is None:
            return
        self.heard_identity, self._track = found
        self.recording.restart()
        self._reader = self._tasks.create_task(self._record(found[1]))

    def close(self) -> None:
        """Listen to nobody; the recording stays."""
        if self._reader is not None:
            self._reader.cancel()
        self._reader = self._track = None

    def _choose(self, room: rtc.Room) -> tuple[str, rtc.RemoteAudioTrack] | None:
        voices = [
            (participant, publication.track)
            for participant in room.remote_participants.values()
            for publication in participant.track_publications.values()
            if publication.source == rtc.TrackSource.SOURCE_MICROPHONE
            and isinstance(publication.track, rtc.RemoteAudioTrack)
            and self._wanted in (None, participant.identity)
        ]
        # sorted() is stable: agents first, then the voice that is heard already, then the order of coming
        agent = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        voices = sorted(voices, key=lambda voice: (voice[0].kind != agent, voice[1] is not self._track))
        return (voices[0][0].identity, voices[0][1]) if voices else None

    async def _record(self, track: rtc.RemoteAudioTrack) -> None:
        loop = asyncio.get_running_loop()
        stream = rtc.AudioStream(track, sample_rate=self.recording.rate, num_channels=1, frame_size_ms=10)
        try:
            async for event in stream:
                self.recording.append(loop.time(), event.frame.data.tobytes())
        finally:
            await stream.aclose()
