"""What a bot does in its room beside speaking, on whichever connection there is."""

from collections.abc import Awaitable, Callable

from bot.room.chat import TOPIC as CHAT
from bot.room.connection import RoomConnection
from bot.room.linking import Linker
from bot.room.outgoing import Outgoing
from pipeline.dtmf import read_keys
from pipeline.errors import RoomError

TransferCall = Callable[[str, str, str], Awaitable[None]]
"""Transfers a telephone call, by room, identity and address. Raises RoomError."""

NO_ACCESS = "this bot may not transfer calls: it needs the server's address, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"


class RoomActs:
    """A base of `Membership`. All methods raise RoomError while the room is away, or when it does not do it."""

    def __init__(self, linker: Linker, transfer_call: TransferCall | None) -> None:
        self._linker, self._transfer_call = linker, transfer_call
        self._connection: RoomConnection | None = None

    async def send_text(self, text: str, topic: str = CHAT) -> None:
        """Write a text to everybody, a chat message unless the topic is another one."""
        await self._outgoing.send_text(text, topic)

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        """Call a method that the linked person's app has registered, and return its answer. `timeout`: seconds."""
        outgoing, person = self._outgoing, self._present_person
        return await outgoing.perform_rpc(person, method, payload, timeout)

    async def send_dtmf(self, digits: str) -> None:
        """Send keys of a telephone to everybody, one after the other. Raises RoomError for what are no keys, too."""
        keys = read_keys(digits)
        await self._outgoing.send_dtmf(keys)

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
    def _outgoing(self) -> Outgoing:
        return self._connected.outgoing

    @property
    def _present_person(self) -> str:
        person = self._linker.linked
        if person is None or self._linker.away_until is not None:
            raise RoomError(f"{person or 'the person'} is not in the room at the moment")
        return person
