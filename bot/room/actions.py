"""What a bot does in its room beside speaking, on whichever connection there is."""

import asyncio
import logging
from typing import Protocol

from livekit.rtc.data_stream import StreamError

from bot.room.chat import TOPIC as CHAT
from bot.room.connection import RoomConnection
from bot.room.dtmf import send_keys
from bot.room.linking import Linker
from bot.room.microphone import NativelyGone
from bot.room.rpc import perform_rpc
from bot.telephony.call_failure import CallFailed
from bot.telephony.number import read_number
from bot.telephony.outgoing_call import RING_DELAY, OutgoingCall
from pipeline.dtmf import read_keys
from pipeline.errors import RoomError

log = logging.getLogger(__name__)

NO_ACCESS = (
    "this bot may make no telephone calls: it needs the server's address, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
)


class Telephony(Protocol):
    """The server's SIP service. All methods raise RoomError."""

    async def dial(self, room: str, call: OutgoingCall) -> None:
        """Call a telephone into a room; return when it is answered. Raises CallFailed."""

    async def transfer_call(self, room: str, identity: str, address: str) -> None:
        """Have a caller in a room go on at a tel: or sip: address."""

    async def hang_up(self, room: str, identity: str) -> None:
        """End a telephone call, also one that rings; nothing happens when it is over."""


class RoomActions:
    """A base of `Membership`. All methods raise RoomError while the room is away, or when it does not do it."""

    def __init__(self, linker: Linker, telephony: Telephony | None) -> None:
        self._linker, self._telephony = linker, telephony
        self._connection: RoomConnection | None = None
        self._room_name = ""
        """Of the room that the bot has joined, also when it has left it."""

    async def send_text(self, text: str, topic: str = CHAT) -> None:
        """Write a text to everybody, a chat message unless the topic is another one."""
        try:
            await self._connected.participant.send_text(text, topic=topic)
        except (StreamError, NativelyGone) as error:
            raise RoomError(f"the message could not be sent: {error}") from None

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        """Call a method that the linked person's app has registered, and return its answer. `timeout`: seconds."""
        caller, person = self._connected.participant, self._present_person
        return await perform_rpc(caller, person, method, payload, timeout)

    async def send_dtmf(self, digits: str) -> None:
        """Send keys of a telephone to everybody, one after the other. Raises RoomError for what are no keys, too."""
        keys = read_keys(digits)
        await send_keys(self._connected.participant, keys)

    async def transfer_call(self, address: str) -> None:
        """Have the linked person's telephone call go on at a tel: or sip: address; they leave the room by that."""
        telephony, person = self._with_access, self._present_person
        await telephony.transfer_call(self._connected.name, person, address)

    async def dial(self, number: str, trunk: str, *, caller_number: str = "", ring_delay: int = RING_DELAY) -> str:
        """Call a telephone into the room; return its identity there when it is answered. Raises CallFailed.

        When this is cancelled, and when nobody knows why there was no answer, it does not ring any longer.
        """
        try:
            call = OutgoingCall(read_number(number), trunk, caller_number, ring_delay)
        except ValueError as error:
            raise RoomError(f"the number {error}") from None
        telephony, room = self._with_access, self._connected.name
        try:
            await telephony.dial(room, call)
        except CallFailed as failure:
            if not failure.status:
                await self.hang_up(call.identity)
            raise
        except asyncio.CancelledError:
            await self.hang_up(call.identity)
            raise
        return call.identity

    async def hang_up(self, identity: str) -> None:
        """End the telephone call of a participant, also when the bot has left it; what goes wrong is logged."""
        try:
            await self._with_access.hang_up(self._room_name, identity)
        except RoomError as error:
            log.warning("%s", error)

    @property
    def _with_access(self) -> Telephony:
        if self._telephony is None:
            raise RoomError(NO_ACCESS)
        return self._telephony

    @property
    def _connected(self) -> RoomConnection:
        if self._connection is None or self._connection.reconnecting:
            raise RoomError("the bot is not in the room at the moment: try again in a second")
        return self._connection

    @property
    def _present_person(self) -> str:
        person = self._linker.linked
        if person is None or self._linker.away_until is not None:
            raise RoomError(f"{person or 'the person'} is not in the room at the moment")
        return person
