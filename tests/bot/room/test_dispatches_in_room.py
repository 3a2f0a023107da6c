"""Dispatches of a real server: what the worker's look for forgotten rooms builds on."""

import asyncio

import pytest
from livekit import api

from bot.room.dispatches import Dispatches
from bot.room.server import Server
from scripts.livekit.api import ServerInfo
from tests.bot.conftest import NewCaller

pytestmark = pytest.mark.sfu


async def test_a_dispatch_is_renewed_once(livekit_server: ServerInfo, room_name: str, new_caller: NewCaller) -> None:
    """Whoever asks first; with all that it says. What is not there any more is no error."""
    to = livekit_server
    async with Server(to.url, to.api_key, to.api_secret) as server, new_caller(publish=False):
        dispatches = Dispatches(server, room_name)
        wanted = api.CreateAgentDispatchRequest(
            agent_name=room_name, room=room_name, metadata="m", attributes={"a": "b"}
        )
        for _ in range(2):
            await server.client(room_name).agent_dispatch.create_dispatch(wanted)
        (room,) = await dispatches.rooms()
        assert (room.name, room.has_people, room.has_bot, len(room.dispatches)) == (room_name, True, False, 2)
        async with asyncio.TaskGroup() as group:
            renewing = [group.create_task(dispatches.renew(room.dispatches)) for _ in range(3)]
        assert sorted(task.result() for task in renewing) == [False, False, True]
        ((made,),) = [room.dispatches for room in await dispatches.rooms()]
        assert made not in room.dispatches
        assert (made.agent_name, made.metadata, made.attributes) == (room_name, "m", {"a": "b"})
        assert await dispatches.find(room_name, made.id) == made
        assert await dispatches.find("a room that is not there", made.id) is None
        assert await dispatches.delete(room_name, made.id)
        assert not await dispatches.delete(room_name, made.id)
        assert await dispatches.rooms() == ()
