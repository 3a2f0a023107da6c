"""One connection to a room, from joining to disconnecting.

The client's events are treated as hints that something changed: each one only wakes `_reconcile`, which compares the
room as it is with the room as it should be (who is linked, which track is subscribed, listened to or muted, which
attributes are set) and mends the difference. Lost, doubled and reordered events, which happen around reconnects, are
then no special cases.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.attributes import Attributes
from bot.room.captions import RoomCaptions
from bot.room.chat import TOPIC as CHAT_TOPIC
from bot.room.chat import Chat
from bot.room.joining import CALL_OFF_TIMEOUT, enter, join
from bot.room.linking import Linker
from bot.room.microphone import NativelyGone, RoomMicrophone
from bot.room.participants import linking_facts, microphone_of, people_of
from bot.room.voice import RoomVoice
from pipeline.clock import loop_time
from pipeline.errors import RoomError
from pipeline.events import ConnectionLost, ConnectionRestored, RoomEvent
from pipeline.participants import Participant

log = logging.getLogger(__name__)

Room = rtc.Room
"""The client's own class, for programs that are in the room already."""

LAST_CAPTIONS_TIMEOUT = 0.3
"""Seconds for sending the captions that wait when the bot leaves; mostly it takes a few milliseconds."""

DISCONNECT_TIMEOUT = 1.0
"""Seconds for disconnecting; after that the server notices by itself."""

NEGOTIATION_DELAY = 0.25
"""Seconds from publishing until the server has the offer for the track: the client library holds it back for up to
0.15 (PUBLISHER_NEGOTIATION_FREQUENCY in its rtc_session.rs)."""

SUBSCRIBE_ATTEMPTS = 3
"""Attempts to subscribe to one track."""

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


class RoomConnection:
    """Joins, links, subscribes, publishes and reports; owned by `Membership`, which outlives it."""

    def __init__(
        self,
        *,
        linker: Linker,
        microphone: RoomMicrophone,
        voice: RoomVoice,
        captions: RoomCaptions,
        emit: Callable[[RoomEvent], None],
        room: rtc.Room | None = None,
    ) -> None:
        """With a `room` the bot is a guest: the program has connected it, and it goes on without the bot in the end."""
        self._is_guest = room is not None
        self._linker = linker
        self._microphone = microphone
        self._voice = voice
        self._captions = captions
        self._chat = Chat(linker, emit)
        self._emit = emit
        self._room = room or rtc.Room()
        self._callbacks: list[tuple[str, Callable[..., None]]] = []
        self._changed = asyncio.Event()
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.reconnecting = False
        """Whether the client library is restoring the connection; nothing is known of the room meanwhile."""
        self._steady = asyncio.Event()  # set unless `reconnecting`, and at the end
        self._steady.set()
        self._negotiated_at = 0.0
        # Tracks subscribed to or asked for: objects, as a full reconnect makes new ones under the old SIDs.
        self._asked: set[rtc.RemoteTrackPublication] = set()
        self._failures: Counter[str] = Counter()  # track SID -> failed subscriptions
        self._heard: rtc.RemoteAudioTrack | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._attributes = Attributes()
        for name in CHANGES:
            self._on(name, self._on_change)
        self._on("participant_attributes_changed", lambda *_: self._attributes.look())
        self._on("track_subscription_failed", self._on_subscription_failed)
        self._on("local_track_subscribed", lambda _: voice.subscribed())
        self._on("data_received", self._chat.on_packet)
        self._takes_chat = self._take_chat()
        self._on("reconnecting", self._on_reconnecting)
        self._on("reconnected", self._on_reconnected)
        self._on("disconnected", self._on_disconnected)

    @property
    def identity(self) -> str:
        """The bot's own identity in the room."""
        return self._room.local_participant.identity

    @property
    def name(self) -> str:
        """The room's name."""
        return self._room.name

    async def join(self, url: str, token: str) -> None:
        """Connect and publish. Raises JoinFailed."""
        await join(self._room, url, token, self._voice)
        self._negotiated_at = loop_time() + NEGOTIATION_DELAY
        self._changed.set()

    async def enter(self) -> None:
        """Publish into the room that was given. Raises RoomError, JoinFailed among them."""
        await enter(self._room, self._voice)
        self._changed.set()

    def people(self) -> tuple[Participant, ...]:
        """Everybody who is no bot, in the order in which they came."""
        return people_of(self._room.remote_participants.values(), self._linker.linked)

    async def send_text(self, text: str) -> None:
        """Write a chat message to everybody. Raises RoomError when the client library could not send it."""
        try:
            await self._room.local_participant.send_text(text, topic=CHAT_TOPIC)
        except (StreamError, NativelyGone) as error:
            raise RoomError(f"the message could not be sent: {error}") from None

    def set_attributes(self, attributes: dict[str, str]) -> None:
        """Make these the bot's attributes soon; of several values in a row the last one wins."""
        self._attributes.set(attributes)

    async def run(self) -> str:
        """Serve the connection until it ends; returns LiveKit's name of the reason."""
        async with asyncio.TaskGroup() as group:
            serving = [
                group.create_task(self._keep_reconciled(group)),
                group.create_task(self._attributes.keep(self._room.local_participant)),
                group.create_task(self._microphone.watch()),
                group.create_task(self._captions.keep(self._room.local_participant)),
                group.create_task(self._chat.listen()),
            ]
            try:
                reason = await asyncio.shield(self._ended)  # which else would be cancelled with this task
            except asyncio.CancelledError:
                await self._send_last_captions()
                raise
            if self._hearing is not None:
                serving.append(self._hearing)  # a lost connection does not end its tracks
            for task in serving:
                task.cancel()
        return reason

    async def _send_last_captions(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_CAPTIONS_TIMEOUT):
                await self._captions.sent()

    async def leave(self) -> None:
        """Disconnect; bounded, and harmless when already disconnected."""
        with suppress(TimeoutError):
            # In the middle of a reconnect the client library would leave a ghost in the room for 15 s, or panic.
            async with asyncio.timeout(CALL_OFF_TIMEOUT):
                await self._steady.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCONNECT_TIMEOUT):
                await (self._withdraw() if self._is_guest else self._disconnect())

    async def _disconnect(self) -> None:
        if self._room.isconnected():
            # In the middle of a negotiation the goodbye may get lost, and the bot stays as a ghost for 20 s.
            await asyncio.sleep(self._negotiated_at - loop_time())
        await self._room.disconnect()

    async def _withdraw(self) -> None:
        """Remove every trace of the bot from a room that goes on."""
        if self._room.isconnected():
            await self._attributes.withdraw(self._room.local_participant)
        for event, callback in self._callbacks:
            self._room.off(event, callback)  # type: ignore[arg-type]
        if self._takes_chat:
            self._room.unregister_text_stream_handler(CHAT_TOPIC)
        for publication in tuple(self._asked):
            self._set_subscribed(publication, False)
        if self._room.isconnected():
            await self._voice.unpublish(self._room)

    # What the client library calls: hints only, synchronous and quick.

    def _on(self, event: str, callback: Callable[..., None]) -> None:
        guarded = self._guarded(callback)
        self._callbacks.append((event, guarded))
        self._room.on(event, guarded)  # type: ignore[arg-type]

    def _take_chat(self) -> bool:
        try:
            self._room.register_text_stream_handler(CHAT_TOPIC, self._guarded(self._chat.on_stream))
        except ValueError:
            log.warning(
                "another part of the program reads %s in this room: the bot does not see what is typed", CHAT_TOPIC
            )
            return False
        return True

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Have an error in a callback end `run`, where the client library would only log it."""

        def guarded(*arguments: object) -> None:
            try:
                callback(*arguments)
            except Exception as error:  # noqa: BLE001 - raised again by `run`
                if not self._ended.done():
                    self._ended.set_exception(error)

        return guarded

    def _on_change(self, *_: object) -> None:
        self._changed.set()

    def _on_subscription_failed(self, participant: rtc.RemoteParticipant, track_sid: str, error: str) -> None:
        self._failures[track_sid] += 1
        log.warning(
            "subscribing to %s's track failed %d times: %s", participant.identity, self._failures[track_sid], error
        )
        if publication := participant.track_publications.get(track_sid):
            self._set_subscribed(publication, False)
            self._changed.set()

    def _on_reconnecting(self) -> None:
        self.reconnecting = True
        self._steady.clear()
        self._attributes.hold()
        self._captions.hold()
        self._emit(ConnectionLost(loop_time()))

    def _on_reconnected(self) -> None:
        self.reconnecting = False
        self._negotiated_at = loop_time() + NEGOTIATION_DELAY  # a full reconnect publishes anew
        self._steady.set()
        self._linker.renew_grace(loop_time())
        self._asked = {publication for publication in self._asked if publication.subscribed}
        self._emit(ConnectionRestored(loop_time()))
        self._failures.clear()
        self._attributes.write_again()
        self._captions.write_again()
        self._changed.set()

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if not self._ended.done():
            self._ended.set_result(rtc.DisconnectReason.Name(reason))
        self._steady.set()

    # The room as it should be.

    async def _keep_reconciled(self, group: asyncio.TaskGroup) -> None:
        while True:
            deadline = None if self.reconnecting else self._linker.away_until
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            self._changed.clear()
            self._reconcile(group)

    def _reconcile(self, group: asyncio.TaskGroup) -> None:
        if self.reconnecting or self._ended.done():
            return  # the room is taken apart meanwhile, and what is asked of it is lost
        people = self._room.remote_participants
        for event in self._linker.update([linking_facts(p) for p in people.values()], loop_time()):
            self._emit(event)
        self._chat.look()
        wanted = microphone_of(people.get(self._linker.linked or ""))
        published = [p for participant in people.values() for p in participant.track_publications.values()]
        self._asked.intersection_update(published)
        for publication in published:
            self._subscribe(publication, publication is wanted)
        self._microphone.mute(wanted is not None and wanted.muted)
        track = wanted.track if wanted is not None else None
        if track is self._heard:
            return
        if self._hearing is not None:
            self._hearing.cancel()  # two tracks at once would interleave their frames
        self._heard = self._hearing = None
        if isinstance(track, rtc.RemoteAudioTrack):
            self._heard = track
            self._hearing = group.create_task(self._microphone.play_in(track))

    def _subscribe(self, publication: rtc.RemoteTrackPublication, wanted: bool) -> None:
        asked = publication in self._asked
        if self._is_guest and wanted and not asked and publication.subscribed:
            return  # the program has subscribed, and ends it
        if wanted and not asked and self._failures[publication.sid] < SUBSCRIBE_ATTEMPTS:
            self._set_subscribed(publication, True)
        elif asked and not wanted:
            self._set_subscribed(publication, False)

    def _set_subscribed(self, publication: rtc.RemoteTrackPublication, wanted: bool) -> None:
        (self._asked.add if wanted else self._asked.discard)(publication)
        with suppress(NativelyGone):
            publication.set_subscribed(wanted)
