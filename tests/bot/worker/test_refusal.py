"""Why a job was refused stands in the room's metadata, beside what the application has there."""

import json

import pytest
from aiohttp import web
from livekit import api
from livekit.protocol import models

from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.worker.refusal import LARGEST_METADATA, LONGEST_REASON, tell_room, with_refusal
from tests.support.agent_server import KEY, SECRET

REFUSED = {"refused": {"job": "AJ_1", "reason": "voice must be text"}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", {"rawbot": REFUSED}),
        (" \n", {"rawbot": REFUSED}),
        ("{}", {"rawbot": REFUSED}),
        ('{"topic": "Ä", "n": [1]}', {"topic": "Ä", "n": [1], "rawbot": REFUSED}),
        ('{"rawbot": 7}', {"rawbot": REFUSED}),
        ("the application's own text", None),
        ("7", None),
        ("[1]", None),
        ("[" * 100_000, None),
        (json.dumps({"x": "y" * LARGEST_METADATA}), None),
    ],
)
def test_what_is_there_stays(before: str, after: object) -> None:
    new = with_refusal(before, "AJ_1", "voice must be text")
    assert (json.loads(new) if new is not None else None) == after


def test_a_reason_is_bounded() -> None:
    new = with_refusal("", "AJ_1", "x" * 9_000)
    assert new is not None
    assert len(json.loads(new)["rawbot"]["refused"]["reason"]) == LONGEST_REASON


class RoomServer:
    """The server's API for one room, over its real protocol."""

    def __init__(self, metadata: str | None) -> None:
        self.metadata = metadata
        """None where the room is gone."""

    async def __aenter__(self) -> "RoomServer":
        app = web.Application()
        app.router.add_post("/twirp/livekit.RoomService/ListRooms", self._list)
        app.router.add_post("/twirp/livekit.RoomService/UpdateRoomMetadata", self._update)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.access = ServerAccess(f"ws://127.0.0.1:{self._runner.addresses[0][1]}", Secret(KEY), Secret(SECRET))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        asked = api.ListRoomsRequest.FromString(await request.read())
        rooms = [models.Room(name=name, metadata=self.metadata) for name in asked.names if self.metadata is not None]
        return web.Response(body=api.ListRoomsResponse(rooms=rooms).SerializeToString(), content_type=PROTOBUF)

    async def _update(self, request: web.Request) -> web.Response:
        asked = api.UpdateRoomMetadataRequest.FromString(await request.read())
        assert asked.room == "lobby"
        self.metadata = asked.metadata
        return web.Response(body=models.Room(name=asked.room).SerializeToString(), content_type=PROTOBUF)


PROTOBUF = "application/protobuf"


async def test_the_room_is_told() -> None:
    async with RoomServer('{"topic": "tea"}') as server:
        await tell_room(server.access, "lobby", "AJ_1", "voice must be text")
        assert json.loads(server.metadata or "") == {"topic": "tea", "rawbot": REFUSED}


@pytest.mark.parametrize("metadata", [None, "the application's own text"])
async def test_where_there_is_no_place_nothing_is_changed(
    metadata: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async with RoomServer(metadata) as server:
        await tell_room(server.access, "lobby", "AJ_1", "voice must be text")
        assert server.metadata == metadata
    assert "the room is not told why" in caplog.text


async def test_a_server_that_is_away_is_no_further_failure(caplog: pytest.LogCaptureFixture) -> None:
    async with RoomServer("") as away:
        pass
    await tell_room(away.access, "lobby", "AJ_1", "voice must be text")
    assert "the room is not told why: nothing can be reached" in caplog.text
