"""What the bot does in a room beside speaking: it writes, calls methods of a person's app, presses keys."""

from livekit import rtc
from livekit.rtc.data_stream import StreamError

from bot.room.dtmf import send_keys
from bot.room.microphone import NativelyGone
from bot.room.rpc import perform_rpc
from pipeline.errors import RoomError


class Outgoing:
    """Of one connection."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room

    async def send_text(self, text: str, topic: str) -> None:
        """Write a text to everyone. Raises RoomError when the client library could not send it."""
        try:
            await self._room.local_participant.send_text(text, topic=topic)
        except (StreamError, NativelyGone) as error:
            raise RoomError(f"the message could not be sent: {error}") from None

    async def perform_rpc(self, person: str, method: str, payload: str, timeout: float) -> str:
        """Call a method of a person's app; see `bot.room.rpc`. Raises RoomError."""
        return await perform_rpc(self._room.local_participant, person, method, payload, timeout)

    async def send_dtmf(self, keys: str) -> None:
        """Send keys of a telephone to everyone, with pauses between them. Raises RoomError."""
        await send_keys(self._room.local_participant, keys)
