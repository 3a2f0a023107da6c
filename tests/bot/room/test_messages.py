"""A chat message of the bot into a room that is away, or does not take it."""

from types import SimpleNamespace

import pytest
from livekit.rtc.data_stream import StreamError

from bot.room.connection import RoomConnection
from bot.room.membership import Membership
from bot.room.voice import RoomVoice
from pipeline.errors import RoomError


def connection(*, reconnecting: bool = False, error: Exception | None = None) -> RoomConnection:
    """A connection to a room that answers with this error."""

    async def send_text(text: str, *, topic: str) -> None:
        if error is not None:
            raise error

    made = RoomConnection.__new__(RoomConnection)
    made._room = SimpleNamespace(local_participant=SimpleNamespace(send_text=send_text))  # type: ignore[assignment]
    made._status = SimpleNamespace(reconnecting=reconnecting)  # type: ignore[assignment]
    return made


def membership(of: RoomConnection | None) -> Membership:
    made = Membership(url="ws://nowhere", make_token=str, voice=RoomVoice(24_000), emit=lambda _: None)
    made._connection = of
    return made


@pytest.mark.parametrize("away", [None, connection(reconnecting=True)])
async def test_while_the_room_is_away_it_is_refused(away: RoomConnection | None) -> None:
    with pytest.raises(RoomError, match="not in the room at the moment"):
        await membership(away).send_text("Hello.")


@pytest.mark.parametrize("error", [StreamError("no answer"), AssertionError("natively gone")])
async def test_an_error_of_the_client_library_is_explained(error: Exception) -> None:
    with pytest.raises(RoomError, match="could not be sent"):
        await membership(connection(error=error)).send_text("Hello.")


async def test_otherwise_it_is_sent() -> None:
    await membership(connection()).send_text("Hello.")
