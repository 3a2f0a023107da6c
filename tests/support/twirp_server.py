"""A LiveKit server's HTTP API as its clients see it: real protobuf over real Twirp, and no media behind it."""

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import jwt
from aiohttp import web
from google.protobuf.message import Message
from livekit.protocol import agent, agent_dispatch, models, room

KEY, SECRET = "some-key", "a-secret-that-is-long-enough-for-hs256"

SERVICES: dict[str, tuple[str, Any, str]] = {
    "CreateRoom": ("RoomService", room.CreateRoomRequest, "roomCreate"),
    "ListRooms": ("RoomService", room.ListRoomsRequest, "roomList"),
    "DeleteRoom": ("RoomService", room.DeleteRoomRequest, "roomCreate"),
    "ListParticipants": ("RoomService", room.ListParticipantsRequest, "roomAdmin"),
    "ListDispatch": ("AgentDispatchService", agent_dispatch.ListAgentDispatchRequest, "roomAdmin"),
}
"""Methods that are known: their service, what they are asked with, and the grant that they need (auth.go)."""


class TwirpServer:
    """A context manager on a port of its own. Whatever a test puts into it is what the server has."""

    def __init__(self) -> None:
        self.rooms: dict[str, models.Room] = {}
        self.participants: dict[str, list[models.ParticipantInfo]] = {}
        self.dispatches: dict[str, list[agent_dispatch.AgentDispatch]] = {}
        self.calls: list[str] = []
        """Names of the methods that were called."""
        self.fails = 0
        """HTTP status with which it refuses everything; 0 while it works."""
        self.before: Callable[[str], Awaitable[None]] | None = None
        """Awaited before a method is carried out."""
        self.tokens: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/", self._root)
        app.router.add_post("/twirp/livekit.{service}/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        (address,) = self._runner.addresses
        self.url = f"ws://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def add_participant(self, where: str, identity: str, kind: models.ParticipantInfo.Kind, **more: Any) -> None:
        """Have somebody in a room."""
        person = models.ParticipantInfo(identity=identity, kind=kind, joined_at=int(time.time()), **more)
        self.participants.setdefault(where, []).append(person)

    def set_job(self, name: str, status: agent.JobStatus, error: str = "") -> None:
        """Have the dispatches of a room made a job."""
        state = agent.JobState(status=status, error=error)
        for dispatch in self.dispatches[name]:
            del dispatch.state.jobs[:]
            dispatch.state.jobs.append(agent.Job(id=f"AJ_{name}", state=state))

    async def _root(self, _: web.Request) -> web.Response:
        return web.Response(status=self.fails) if self.fails else web.Response(text="OK")

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        service, kind, grant = SERVICES[method]
        assert request.match_info["service"] == service
        self.calls.append(method)
        if self.before is not None:
            await self.before(method)
        if self.fails:
            return web.json_response({"code": "unavailable", "msg": "it is away"}, status=self.fails)
        if not self._grants(request, grant):
            return web.json_response({"code": "unauthenticated", "msg": "permission denied"}, status=401)
        asked = kind.FromString(await request.read())
        try:
            answer = getattr(self, f"_{method}")(asked)
        except KeyError:
            return web.json_response({"code": "not_found", "msg": "room not found"}, status=404)
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    def _grants(self, request: web.Request, grant: str) -> bool:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return False
        self.tokens.append(claims)
        return claims["iss"] == KEY and claims["video"].get(grant) is True

    def _CreateRoom(self, asked: room.CreateRoomRequest) -> Message:
        """One that is there stays, without a further dispatch: jobs start with the room (rtc/room.go)."""
        if asked.name not in self.rooms:
            now = time.time()
            self.rooms[asked.name] = models.Room(
                name=asked.name, creation_time=int(now), creation_time_ms=int(now * 1000)
            )
            self.dispatches[asked.name] = [
                agent_dispatch.AgentDispatch(
                    id=f"AD_{number}", agent_name=wanted.agent_name, room=asked.name, metadata=wanted.metadata
                )
                for number, wanted in enumerate(asked.agents)
            ]
        made = self.rooms[asked.name]
        made.empty_timeout = asked.empty_timeout
        return made

    def _ListRooms(self, asked: room.ListRoomsRequest) -> Message:
        return room.ListRoomsResponse(
            rooms=[it for name, it in self.rooms.items() if not asked.names or name in asked.names]
        )

    def _DeleteRoom(self, asked: room.DeleteRoomRequest) -> Message:
        del self.rooms[asked.room]
        return room.DeleteRoomResponse()

    def _ListParticipants(self, asked: room.ListParticipantsRequest) -> Message:
        return room.ListParticipantsResponse(participants=self.participants.get(asked.room, []))

    def _ListDispatch(self, asked: agent_dispatch.ListAgentDispatchRequest) -> Message:
        return agent_dispatch.ListAgentDispatchResponse(agent_dispatches=self.dispatches[asked.room])
