"""The rooms of sessions on the server: each is made with a dispatch, looked at, and ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from livekit import api
from livekit.protocol.agent import JobStatus
from livekit.protocol.models import ParticipantInfo

from bot.room.attributes import STATE_ATTRIBUTE
from bot.room.enum_names import name_in
from bot.room.server import Server
from bot.room.server_errors import explained


@dataclass(frozen=True, slots=True)
class SessionParticipant:
    """Somebody in the room. `kind` is LiveKit's name: STANDARD, AGENT, SIP ..."""

    identity: str
    name: str
    kind: str
    joined_at: datetime
    agent_state: str
    """What a bot does, as it says so; empty for people."""


@dataclass(frozen=True, slots=True)
class SessionJob:
    """A job that the server has made of a dispatch. `status` is PENDING, RUNNING, SUCCESS, FAILED or CANCELLED."""

    id: str
    status: str
    error: str


@dataclass(frozen=True, slots=True)
class SessionRoom:
    """A room as the server has it now."""

    name: str
    opened_at: datetime
    metadata: str
    participants: tuple[SessionParticipant, ...]
    jobs: tuple[SessionJob, ...]
    dispatched: tuple[str, ...]
    """The metadata of each dispatch; a worker deletes that of a job that has ended."""


class SessionRooms:
    """Asks a server, which is open. All methods raise RoomError."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def make(self, name: str, *, agent_name: str, metadata: str, empty_timeout: int) -> datetime:
        """Make a room and have a bot come to it; return when it was opened.

        `metadata` goes to the bot alone. Without an `agent_name` it is for the workers that take every room. The room
        ends when no person has come for `empty_timeout` seconds. Rooms that are there already stay as they are, without
        a further dispatch.
        """
        wanted = api.CreateRoomRequest(
            name=name,
            empty_timeout=empty_timeout,
            agents=[api.RoomAgentDispatch(agent_name=agent_name, metadata=metadata)],
        )
        async with explained(self._server.url):
            return _opened_at(await self._server.client(name).room.create_room(wanted))

    async def find(self, name: str) -> SessionRoom | None:
        """Return the room, None when there is none of this name."""
        async with explained(self._server.url):
            client = self._server.client(name)
            found = (await client.room.list_rooms(api.ListRoomsRequest(names=[name]))).rooms
            if not found:
                return None
            try:
                people = (await client.room.list_participants(api.ListParticipantsRequest(room=name))).participants
                dispatches = await client.agent_dispatch.list_dispatch(name)
            except api.ServerError as error:
                if error.code == api.ServerErrorCode.NOT_FOUND:
                    return None  # it has ended meanwhile
                raise
        return SessionRoom(
            name,
            _opened_at(found[0]),
            found[0].metadata,
            tuple(_participant(person) for person in people),
            tuple(_jobs(dispatches)),
            tuple(dispatch.metadata for dispatch in dispatches),
        )

    async def end(self, name: str) -> bool:
        """End the room and send everybody away; return whether there was one."""
        return await self._server.delete_room(name)


def _opened_at(room: api.Room) -> datetime:
    return datetime.fromtimestamp(room.creation_time_ms / 1000 or room.creation_time, UTC)


def _participant(person: ParticipantInfo) -> SessionParticipant:
    return SessionParticipant(
        person.identity,
        person.name,
        name_in(ParticipantInfo.Kind, person.kind),
        datetime.fromtimestamp(person.joined_at_ms / 1000 or person.joined_at, UTC),
        person.attributes.get(STATE_ATTRIBUTE, ""),
    )


def _jobs(dispatches: Iterable[api.AgentDispatch]) -> Iterable[SessionJob]:
    for dispatch in dispatches:
        for job in dispatch.state.jobs:
            yield SessionJob(job.id, name_in(JobStatus, job.state.status).removeprefix("JS_"), job.state.error)
