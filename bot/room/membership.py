"""Membership in a room over as many connections as it takes: joins, rejoins after accidents, leaves."""

import asyncio
import logging
import random
from collections.abc import Callable

from livekit import rtc

from bot.room.actions import RoomActions, Telephony
from bot.room.attendance import Attendance
from bot.room.byte_messages import ByteMessages
from bot.room.captions import RoomCaptions
from bot.room.connection import RoomConnection
from bot.room.deafness import ADVICE, NO_AUDIO
from bot.room.endings import Next, after_disconnect
from bot.room.joining import JoinFailed
from bot.room.lasting_parts import LastingParts
from bot.room.linking import GRACE_DELAY, Linker
from bot.room.microphone import RoomMicrophone
from bot.room.voice import RoomVoice
from pipeline.clock import loop_time
from pipeline.errors import RoomError
from pipeline.events import ConnectionLost, Joined, RoomEnded, RoomEvent
from pipeline.participants import Participant
from pipeline.resilience.backoff import backoff_delay

log = logging.getLogger(__name__)

REJOIN_TIME = 60.0
"""Seconds of vain attempts after an accident, a server restart say, before the room counts as lost."""

LONGEST_DELAY = 8.0
"""Longest time in seconds between two attempts to join."""


class Membership(RoomActions):
    """Owns the parts that outlive a connection: the voice, the microphone, the captions, the link to the person."""

    def __init__(
        self,
        *,
        url: str,
        make_token: Callable[[], str],
        voice: RoomVoice,
        emit: Callable[[RoomEvent], None],
        participant: str | None = None,
        stay: bool = False,
        grace_delay: float = GRACE_DELAY,
        legacy_captions: bool = False,
        room: rtc.Room | None = None,
        telephony: Telephony | None = None,
        token_renewed: Callable[[str], None] = lambda token: None,
    ) -> None:
        """With a `room`, which the program has connected, that connection is the only one.

        `token_renewed` gets the tokens that the server makes for a participant, each of which lasts for 10 minutes.
        """
        super().__init__(Linker(participant, grace_delay), telephony)
        self._room = room
        self.voice = voice
        self.microphone = RoomMicrophone()
        self.captions = RoomCaptions(
            linker=self._linker, microphone=self.microphone, voice=voice, legacy=legacy_captions
        )
        self.session_messages = ByteMessages()
        self._parts = LastingParts(
            self._linker, Attendance(), self.microphone, voice, self.captions, self.session_messages
        )
        self._url = url
        self._make_token = make_token
        self._token_renewed = token_renewed
        self._emit = emit
        self._stay = stay
        self._attributes: dict[str, str] = {}

    @property
    def linked(self) -> str | None:
        """Identity of the person the bot talks with."""
        return self._linker.linked

    @property
    def is_connected(self) -> bool:
        """Whether the room can be asked how things are."""
        return self._connection is not None and not self._connection.reconnecting

    def people(self) -> tuple[Participant, ...]:
        """Everybody in the room who is no bot."""
        return self._connection.people() if self._connection is not None else ()

    def dismiss(self) -> None:
        """End the call with the linked person, and wait for the next one; they may come again once they have left."""
        if self._connection is not None:
            self._connection.reconciler.dismiss()

    def set_attributes(self, attributes: dict[str, str]) -> None:
        """Attributes of the bot as a participant, now and after every rejoin."""
        self._attributes.update(attributes)
        if self._connection is not None:
            self._connection.set_attributes(self._attributes)

    async def run(self) -> None:
        """Be in the room until it ends; emits RoomEnded last. Raises RoomError when it cannot be joined or kept."""
        patience = float("inf") if self._stay else 0.0
        while True:
            connection = await self._join(patience)
            try:
                reason = await connection.run()
                log.info("disconnected: %s", reason)
                has_ended = self._is_the_end(reason, connection.participant.identity)
                # Before anything is awaited: nobody hears what is played from now on.
                if has_ended:
                    self._emit(RoomEnded(loop_time(), reason))
                elif not connection.reconnecting:  # otherwise the connection has reported its loss
                    self._emit(ConnectionLost(loop_time()))
            finally:
                self._connection = None
                await connection.leave()
            if has_ended:
                return
            patience = float("inf") if self._stay else REJOIN_TIME

    def _is_the_end(self, reason: str, identity: str) -> bool:
        """Whether the room is not to be joined again. Raises RoomError when that would do harm, or no good."""
        if reason == NO_AUDIO:
            raise RoomError(ADVICE)
        following = after_disconnect(reason)
        if following is Next.GIVE_UP:
            raise RoomError(
                f"another participant joined as {identity!r} and took the bot's place: "
                "give each bot an --identity of its own, or none to get a random one"
            )
        return self._room is not None or following is Next.LEAVE or (following is Next.REOPEN and not self._stay)

    async def _join(self, patience: float) -> RoomConnection:
        """Join, trying again for `patience` seconds while the failure may pass; a given room is simply entered."""
        give_up_at = loop_time() + patience
        attempt = 0
        while True:
            attempt += 1
            connection = RoomConnection(
                parts=self._parts,
                emit=self._emit,
                room=self._room,
                token_renewed=self._token_renewed,
            )
            self._linker.renew_grace(loop_time())
            try:
                await (connection.enter() if self._room else connection.join(self._url, self._make_token()))
            except JoinFailed as failure:
                await connection.leave()
                delay = backoff_delay(attempt, random.random(), longest=LONGEST_DELAY)
                is_last = attempt >= failure.attempts and loop_time() + delay > give_up_at
                if self._room is not None or not failure.may_pass or is_last:
                    raise
                log.warning("%s; trying again in %.1f s", failure, delay)
                await asyncio.sleep(delay)
                continue
            except BaseException:
                await connection.leave()
                raise
            self._connection, self._room_name = connection, connection.name
            connection.set_attributes(self._attributes)
            self._emit(Joined(loop_time(), connection.name, connection.participant.identity))
            return connection
