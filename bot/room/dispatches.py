"""The server's dispatches: which rooms want which agent's bot. Each names an agent, and stands until it is deleted.

livekit-server (1.13.5) gives a dispatch to a worker when it is made, and never again: not to one that registers later,
nor when people come. In its list a job stays RUNNING also when its bot has left and its worker is gone, so the list
says what is wanted, not what is there; and deleting one succeeds for the first who asks alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from livekit import api
from livekit.protocol.models import ParticipantInfo

from bot.room.enum_names import name_in
from bot.room.linking import HUMAN_KINDS
from bot.room.server import AT_ONCE, Server
from bot.room.server_errors import explained
from pipeline.errors import RoomError

AGENT_NAME_ATTRIBUTE = "lk.agent_name"
"""The attribute that the server gives bots that came by dispatch; empty for those of workers without a name."""

CREATE_DELAYS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts to make a dispatch in place of one that has been deleted already."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A bot that is wanted in a room. Times are the server's, in seconds since 1970."""

    id: str
    room: str
    agent_name: str
    metadata: str
    attributes: Mapping[str, str]
    created_at: float
    assigned_at: float
    """When a worker has got its last job; 0 when none has."""


@dataclass(frozen=True, slots=True)
class DispatchedRoom:
    """A room with dispatches of one agent, the oldest first."""

    name: str
    has_people: bool
    has_bot: bool
    """Whether a bot of that agent is in it."""
    dispatches: tuple[Dispatch, ...]


class Dispatches:
    """Asks a server, which is open, about the dispatches of one agent. All methods raise RoomError."""

    def __init__(self, server: Server, agent_name: str) -> None:
        """`agent_name` is empty for the workers that are offered every room."""
        self._server, self._agent_name = server, agent_name

    async def rooms(self) -> tuple[DispatchedRoom, ...]:
        """Return the rooms that want this agent, but for those that end meanwhile, or whose node does not answer."""
        async with explained(self._server.url):
            names = [room.name for room in (await self._server.client().room.list_rooms(api.ListRoomsRequest())).rooms]
        places = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._room(name, places)) for name in names]
        return tuple(room for task in asked if (room := task.result()) is not None)

    async def renew(self, dispatches: tuple[Dispatch, ...]) -> bool:
        """Have the server offer the first of a room's dispatches once more, in place of them all.

        Return False when somebody else does so: who deletes the first one has to make the new one.
        """
        first, *others = dispatches
        for other in others:
            await self.delete(other.room, other.id)
        if not await self.delete(first.room, first.id):
            return False
        wanted = api.CreateAgentDispatchRequest(
            agent_name=first.agent_name, room=first.room, metadata=first.metadata, attributes=first.attributes
        )
        await self._create(wanted)
        return True

    async def _create(self, wanted: api.CreateAgentDispatchRequest) -> None:
        """Try for some seconds: the room has no dispatch meanwhile, and no worker would look for one that is gone.

        If the server has made it and only the answer was lost, there are two then: whoever serves the room deletes the
        second.
        """
        client = self._server.client(wanted.room).agent_dispatch
        for delay in (*CREATE_DELAYS, None):
            try:
                async with explained(self._server.url):
                    await client.create_dispatch(wanted)
                return
            except RoomError:
                if delay is None:
                    raise
                await asyncio.sleep(delay)

    async def find(self, room: str, dispatch_id: str) -> Dispatch | None:
        """Return a dispatch; None when it has been deleted, or its room has ended."""
        async with explained(self._server.url):
            if not await self._is_open(room):
                return None  # asked for its dispatches, the server would wait for 3 s for somebody who knows them
            try:
                found = await self._server.client(room).agent_dispatch.get_dispatch(dispatch_id, room)
            except api.ServerError as error:
                if not await self._is_gone(error, room):
                    raise
                return None
        return None if found is None else _dispatch(found)

    async def delete(self, room: str, dispatch_id: str) -> bool:
        """Delete a dispatch, which ends its jobs; return False when somebody has done so, or the room has ended."""
        async with explained(self._server.url):
            try:
                await self._server.client(room).agent_dispatch.delete_dispatch(dispatch_id, room)
            except api.ServerError as error:
                if not await self._is_gone(error, room):
                    raise
                return False
        return True

    async def _is_gone(self, error: api.ServerError, room: str) -> bool:
        """Whether the dispatch is not there, or its room: no node answers for a room that has ended.

        Nor does the node of a room that stands when it is slow, or dead; then the room is still listed.
        """
        if error.code == api.ServerErrorCode.UNAVAILABLE:
            return not await self._is_open(room)
        return error.code == api.ServerErrorCode.NOT_FOUND

    async def _is_open(self, room: str) -> bool:
        return bool((await self._server.client(room).room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms)

    async def _room(self, name: str, places: asyncio.Semaphore) -> DispatchedRoom | None:
        async with places:
            try:
                async with explained(self._server.url):
                    client = self._server.client(name)
                    found = [
                        _dispatch(each)
                        for each in await client.agent_dispatch.list_dispatch(name)
                        if each.agent_name == self._agent_name
                    ]
                    if not found:
                        return None
                    answer = await client.room.list_participants(api.ListParticipantsRequest(room=name))
            except RoomError:
                return None
        return DispatchedRoom(
            name,
            any(name_in(ParticipantInfo.Kind, each.kind) in HUMAN_KINDS for each in answer.participants),
            any(
                each.kind == ParticipantInfo.Kind.AGENT
                and each.attributes.get(AGENT_NAME_ATTRIBUTE, "") == self._agent_name
                for each in answer.participants
            ),
            tuple(sorted(found, key=lambda dispatch: (dispatch.created_at, dispatch.id))),
        )


def _dispatch(found: api.AgentDispatch) -> Dispatch:
    return Dispatch(
        found.id,
        found.room,
        found.agent_name,
        found.metadata,
        dict(found.attributes),
        found.state.created_at / 1e9,
        max((job.state.started_at for job in found.state.jobs), default=0) / 1e9,
    )
