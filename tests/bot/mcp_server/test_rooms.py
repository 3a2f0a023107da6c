"""Finding, joining, leaving and losing rooms."""

import pytest

from tests.bot.mcp_server.conftest import World, server_of
from tests.conftest import MakeServer
from tests.support.caller import Caller


@pytest.mark.sfu
@pytest.mark.smoke
async def test_the_room_is_found_when_people_are_in_just_one(world: World, make_server: MakeServer) -> None:
    server = make_server().info
    world.settings |= server_of(server)

    def caller(room: str, identity: str) -> Caller:
        return Caller(server.url, server.api_key, server.api_secret, room=room, identity=identity, publish=False)

    async with world.connect() as call:
        assert await call("list_rooms") == {"rooms": []}
        assert "nobody is in any room" in await call.refuses("join_room")
        refused = await call.refuses("join_room", room="blue")
        assert "there is no room 'blue'" in refused
        assert "start this server with --room blue" in refused
        async with caller("blue", "ada") as ada:
            async with caller("green", "ben"):
                refused = await call.refuses("join_room")
                assert "people are in more than one room" in refused
                assert "'blue' (ada)" in refused
                assert "'green' (ben)" in refused
            joined = await call("join_room")
            assert (joined["room"], joined["people"][0]["identity"]) == ("blue", "ada")
            assert "ada publishes no microphone" in joined["problem"]
            rooms = {room["name"]: room for room in (await call("list_rooms"))["rooms"]}
            assert (rooms["blue"]["bots"], rooms["green"]["bots"], rooms["green"]["people"]) == (1, 0, [])
            # A second join: of the same room it changes nothing, of another one it is an error.
            assert (await call("join_room", room="blue"))["room"] == "blue"
            assert (await call("join_room"))["room"] == "blue"
            assert "call leave_room before" in await call.refuses("join_room", room="green")
            assert (await call("leave_room"))["room"] == "blue"
            assert (await call("leave_room"))["room"] is None
            assert "call join_room again" in await call.refuses("listen")
            # A message into a room that was not joined.
            packets: list[bytes] = []
            ada.room.on("data_received", lambda packet: packets.append(packet.data))
            assert await call("send_message", text="Grüße", room="blue") == {"room": "blue", "how": "data"}
            await ada.until(lambda: packets)
            assert packets == ['{"type": "chat", "content": "Grüße", "sender": "rawbot"}'.encode()]
            assert "there is no room 'nowhere'" in await call.refuses("send_message", text="Hello.", room="nowhere")


@pytest.mark.sfu
async def test_a_server_that_goes_away_in_mid_call_is_reported(
    world: World, room_name: str, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First as a problem that may pass, then as the end."""
    monkeypatch.setattr("bot.room.membership.REJOIN_TIME", 5.0)
    server = make_server()
    world.settings |= server_of(server.info)
    at = server.info
    async with world.connect() as call:
        async with Caller(at.url, at.api_key, at.api_secret, room=room_name):
            await call("join_room", room=room_name)
            server.crash()
        assert "is being restored" in (await call("listen", seconds=3))["problem"]
        monkeypatch.setattr("bot.mcp_server.tool_call.DEAF_DELAY", 60.0)
        assert "could not join" in await call.refuses("listen")
        assert "call join_room again" in await call.refuses("say", text="Hello.")
        assert "nothing can be reached at" in await call.refuses("join_room", room=room_name)
