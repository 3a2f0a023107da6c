"""Compares the room as it is with the room as it should be, and mends the difference.

The client's events are treated as hints that something changed, and each one only wakes the comparison: who is linked,
which track is subscribed, listened to or muted. Lost, doubled and reordered events, which happen around reconnects, are
then no special cases.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc

from bot.room.attendance import Attendance
from bot.room.chat import Chat
from bot.room.connection_status import ConnectionStatus
from bot.room.deafness import NO_AUDIO, until_deaf
from bot.room.linking import Linker
from bot.room.microphone import RoomMicrophone
from bot.room.participants import linking_facts, microphone_of
from bot.room.preconnect.preconnect_audio import PreconnectAudio
from bot.room.silence import report_silence
from bot.room.subscriptions import Subscriptions
from bot.room.track_reader import TrackReader
from pipeline.clock import loop_time
from pipeline.events import RoomEvent

CHANGES = (
    "participant_connected",
    "participant_disconnected",
    "participant_active",
    "participant_attributes_changed",
    "participant_permissions_changed",
    "track_published",
    "track_unpublished",
    "track_subscribed",
    "track_unsubscribed",
    "track_muted",
    "track_unmuted",
)
"""Events after which the room has to be compared."""


class Reconciler:
    """Links the person, and has the bot hear their microphone, for the life of a connection."""

    def __init__(
        self,
        *,
        room: rtc.Room,
        status: ConnectionStatus,
        linker: Linker,
        attendance: Attendance,
        microphone: RoomMicrophone,
        subscriptions: Subscriptions,
        chat: Chat,
        preconnect: PreconnectAudio,
        emit: Callable[[RoomEvent], None],
    ) -> None:
        self._room = room
        self._status = status
        self._linker, self._attendance = linker, attendance
        self._microphone = microphone
        self._reader = TrackReader(microphone)
        self._subscriptions = subscriptions
        self._chat = chat
        self._preconnect = preconnect
        self._emit = emit
        self._changed = asyncio.Event()

    def look(self) -> None:
        """Compare soon, as something may have changed."""
        self._changed.set()

    def dismiss(self) -> None:
        """End the call with the linked person soon, and link the next one who is there."""
        self._linker.dismiss()
        self.look()

    async def keep(self, group: asyncio.TaskGroup) -> None:
        """Compare at each change, and when a grace time has passed; the track is read in a task of `group`."""
        while True:
            deadlines = [at for at in (self._linker.away_until, self._attendance.due_at) if at is not None]
            deadline = min(deadlines, default=None) if self._status.is_usable else None
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            self._changed.clear()
            if self._status.is_usable:  # otherwise the room is taken apart, and requests to it are lost
                self._reconcile(group)

    async def watch_hearing(self) -> None:
        """Give the connection up when the track that is read, by `keep`, gives no audio; report one of zeros alone."""
        async with asyncio.TaskGroup() as group:
            silence = self._microphone.silence
            reporting = group.create_task(
                report_silence(lambda: silence.is_at_fault, lambda: self._linker.linked, self._emit)
            )
            await until_deaf(
                lambda: self._microphone.frames, lambda: self._reader.track if self._status.is_usable else None
            )
            reporting.cancel()
        self._status.give_up(NO_AUDIO)

    def stop_reading(self) -> None:
        """Stop reading the track: a lost connection does not end its tracks."""
        self._reader.stop()

    def _reconcile(self, group: asyncio.TaskGroup) -> None:
        people = self._room.remote_participants
        present, now = [linking_facts(participant) for participant in people.values()], loop_time()
        for event in (*self._attendance.update(present, now), *self._linker.update(present, now)):
            self._emit(event)
        self._chat.look()
        person = self._linker.linked or ""
        wanted = microphone_of(people.get(person))
        published = [p for participant in people.values() for p in participant.track_publications.values()]
        self._subscriptions.update(published, wanted)
        self._microphone.mute(wanted is not None and wanted.muted)
        if wanted is None:
            self._reader.read(None, group)
        else:
            self._reader.read(wanted.track, group, lambda: self._preconnect.take(wanted, person))
