"""One connection to a room, from joining to disconnecting.

The client's events are hints: `Reconciler` compares the room as it is with the room as it should be.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc

from bot.room.attributes import Attributes
from bot.room.callbacks import Callbacks
from bot.room.chat import Chat
from bot.room.connection_status import ConnectionStatus
from bot.room.dtmf import Keypad
from bot.room.joining import enter, join
from bot.room.lasting_parts import LastingParts
from bot.room.participants import people_of
from bot.room.preconnect.preconnect_audio import PreconnectAudio
from bot.room.reconciler import CHANGES, Reconciler
from bot.room.subscriptions import Subscriptions
from pipeline.clock import loop_time
from pipeline.events import ConnectionLost, ConnectionRestored, RoomEvent
from pipeline.participants import Participant

Room = rtc.Room
"""The client's own class, for programs that are in the room already."""

DISCONNECT_TIMEOUT = 1.0
"""Seconds for disconnecting; after that the server notices by itself."""


def _renewed_token(room: rtc.Room) -> str:
    """Return the token that the server has made: the library reports one, and has no name for it."""
    return getattr(room, "_token", None) or ""


class RoomConnection:
    """Joins, links, subscribes, publishes and reports; owned by `Membership`, which outlives it."""

    def __init__(
        self,
        *,
        parts: LastingParts,
        emit: Callable[[RoomEvent], None],
        room: rtc.Room | None = None,
        token_renewed: Callable[[str], None] = lambda token: None,
    ) -> None:
        """With a `room` the bot is a guest: the program has connected it, and it goes on without the bot in the end."""
        self._is_guest = room is not None
        self._room = room or rtc.Room()
        self._linker, self._microphone, self._voice = parts.linker, parts.microphone, parts.voice
        self._captions, self._messages, self._emit = parts.captions, parts.messages, emit
        self._chat, self._preconnect = Chat(parts.linker, emit), PreconnectAudio()
        self._attributes, self._status = Attributes(), ConnectionStatus()
        self._subscriptions = Subscriptions(is_guest=self._is_guest)
        self.reconciler = Reconciler(
            room=self._room,
            status=self._status,
            linker=parts.linker,
            attendance=parts.attendance,
            microphone=parts.microphone,
            subscriptions=self._subscriptions,
            chat=self._chat,
            preconnect=self._preconnect,
            emit=emit,
        )
        self._callbacks = Callbacks(self._room, self._status.fail)
        self._callbacks.on_event("token_refreshed", lambda: token_renewed(_renewed_token(self._room)))
        self._register()

    @property
    def participant(self) -> rtc.LocalParticipant:
        """The bot itself, as the client library has it."""
        return self._room.local_participant

    @property
    def name(self) -> str:
        """The room's name."""
        return self._room.name

    @property
    def reconnecting(self) -> bool:
        """Whether the client library is restoring the connection; nothing is known of the room meanwhile."""
        return self._status.reconnecting

    async def join(self, url: str, token: str) -> None:
        """Connect and publish. Raises JoinFailed."""
        await join(self._room, url, token, self._voice)
        self._status.published()
        self.reconciler.look()

    async def enter(self) -> None:
        """Publish into the room that was given. Raises RoomError, JoinFailed among them."""
        await enter(self._room, self._voice)
        self.reconciler.look()

    def people(self) -> tuple[Participant, ...]:
        """Everybody who is no bot, in the order in which they came."""
        return people_of(self._room.remote_participants.values(), self._linker.linked)

    def set_attributes(self, attributes: dict[str, str]) -> None:
        """Make these the bot's attributes soon; of several values in a row the last one wins."""
        self._attributes.set(attributes)

    async def run(self) -> str:
        """Serve the connection until it ends; returns LiveKit's name of the reason, or NO_AUDIO."""
        async with asyncio.TaskGroup() as group:
            parts = (
                self.reconciler.keep(group),
                self._attributes.keep(self.participant),
                self._microphone.watch(),
                self.reconciler.watch_hearing(),
                self._captions.keep(self.participant),
                self._chat.listen(),
                self._preconnect.listen(),
                self._messages.keep(self.participant),
            )
            serving = [group.create_task(part) for part in parts]
            try:
                reason = await self._status.wait_ended()
            except asyncio.CancelledError:
                await self._captions.send_last()
                await self._voice.wait_arrived()
                raise
            for task in serving:
                task.cancel()
            self.reconciler.stop_reading()
        return reason

    async def leave(self) -> None:
        """Disconnect; bounded, and harmless when already disconnected."""
        await self._status.wait_steady()
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCONNECT_TIMEOUT):
                await (self._withdraw() if self._is_guest else self._disconnect())

    async def _disconnect(self) -> None:
        if self._room.isconnected():
            await self._status.wait_negotiated()
        await self._room.disconnect()

    async def _withdraw(self) -> None:
        """Remove every trace of the bot from a room that goes on."""
        if self._room.isconnected():
            await self._attributes.withdraw(self._room.local_participant)
        self._callbacks.remove()
        self._subscriptions.withdraw()
        if self._room.isconnected():
            await self._voice.unpublish(self._room)

    # What the client library calls.

    def _register(self) -> None:
        on = self._callbacks.on_event
        for name in CHANGES:
            on(name, lambda *_: self.reconciler.look())
        on("participant_attributes_changed", lambda *_: self._attributes.look())
        on("participant_active", lambda _: self._captions.show_newcomer())
        on("track_subscription_failed", self._on_subscription_failed)
        on("local_track_subscribed", lambda _: self._voice.subscribed())
        self._chat.register(self._callbacks)
        self._preconnect.register(self._callbacks)
        self._messages.register(self._callbacks)
        Keypad(self._emit).register(self._callbacks)
        on("reconnecting", self._on_reconnecting)
        on("reconnected", self._on_reconnected)
        on("disconnected", self._status.end)

    def _on_subscription_failed(self, participant: rtc.RemoteParticipant, track_sid: str, error: str) -> None:
        self._subscriptions.failed(participant, track_sid, error)
        self.reconciler.look()

    def _on_reconnecting(self) -> None:
        self._status.lost()
        self._attributes.hold()
        self._captions.hold()
        self._emit(ConnectionLost(loop_time()))

    def _on_reconnected(self) -> None:
        self._status.restored()
        self._linker.renew_grace(loop_time())
        self._subscriptions.renew()
        self._emit(ConnectionRestored(loop_time()))
        self._attributes.write_again()
        self._captions.write_again()
        self.reconciler.look()
