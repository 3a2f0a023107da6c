"""What a bot does in its room beside speaking, on whichever connection there is."""

from collections.abc import Awaitable, Callable

from livekit.rtc.data_stream import StreamError

from bot.room.chat import TOPIC as CHAT
from bot.room.connection import RoomConnection
from bot.room.dtmf import send_keys
from bot.room.linking import Linker
from bot.room.microphone import NativelyGone
from bot.room.rpc import perform_rpc
from pipeline.dtmf import read_keys
from pipeline.errors import RoomError

TransferCall = Callable[[str, str, str], Awaitable[None]]
"""Transfers a telephone call, by room, identity and address. Raises RoomError."""

NO_ACCESS = "this bot may not transfer calls: it needs the server's address, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"


class RoomActions:
    """A base of `Membership`. All methods raise RoomError while the room is away, or when it does not do it."""

    def __init__(self, linker: Linker, transfer_call: TransferCall | None) -> None:
        self._linker, self._transfer_call = linker, transfer_call
        self._connection: RoomConnection | None = None

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
        if self._transfer_call is None:
            raise RoomError(NO_ACCESS)
        person = self._present_person
        await self._transfer_call(self._connected.name, person, address)

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
