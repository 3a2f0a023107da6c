"""Dispatch as livekit-server 1.13.5 does it: rooms, dispatches and jobs over Twirp and /agent, without media.

A dispatch is offered when it is made, to one worker after the other, and never again. In the list a job runs for ever.
A bot that leaves, or is replaced by another of its name, has its job terminated. Deleting is for the first who asks.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import WSMsgType, web
from google.protobuf.message import Message
from livekit import api
from livekit.protocol import agent, models
from livekit.protocol.agent_dispatch import DeleteAgentDispatchRequest, ListAgentDispatchRequest

from .waiting import until

Request = TypeVar("Request", bound=Message)


class NotThere(Exception):
    """What a request is about is not there; the text is Twirp's code."""


@dataclass
class SimulatedRoom:
    """A room with people, and the bots that workers said are in it."""

    people: set[str] = field(default_factory=set)
    bots: dict[str, str] = field(default_factory=dict)
    """Agent's name by identity."""
    dispatches: dict[str, api.AgentDispatch] = field(default_factory=dict)


@dataclass(eq=False)
class _Worker:
    socket: web.WebSocketResponse
    agent_name: str = ""
    is_full: bool = False
    jobs: dict[str, agent.Job] = field(default_factory=dict)

    async def send(self, message: agent.ServerMessage) -> None:
        if not self.socket.closed:
            await self.socket.send_bytes(message.SerializeToString())


class DispatchServer:
    """A context manager on a port of its own."""

    def __init__(self) -> None:
        self.rooms: dict[str, SimulatedRoom] = {}
        self.served: list[tuple[str, str]] = []
        """Room and metadata of each job that a worker has said to run, in order."""
        self.questions = 0
        """Over HTTP."""
        self.registrations = 0
        self.kinds: dict[str, int] = {}
        """Kinds of people, where they are no ordinary ones."""
        self.fails = False
        """Whether questions over HTTP end in an error."""
        self.creations_that_fail = 0
        """So many of the next dispatches are not made."""
        self.unanswered_rooms = set[str]()
        """They are listed, and the node that has them does not answer."""
        self._workers: list[_Worker] = []
        self._numbers = itertools.count(1)
        self._answers: dict[str, agent.AvailabilityResponse] = {}
        self._jobs: dict[str, agent.Job] = {}
        self._identities: dict[str, str] = {}
        self._offering = set[asyncio.Task[None]]()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/agent", self._serve)
        for path, request, answer in (
            ("RoomService/ListRooms", api.ListRoomsRequest, self._list_rooms),
            ("RoomService/ListParticipants", api.ListParticipantsRequest, self._list_participants),
            ("AgentDispatchService/ListDispatch", ListAgentDispatchRequest, self._list_dispatch),
            ("AgentDispatchService/CreateDispatch", api.CreateAgentDispatchRequest, self._create_dispatch),
            ("AgentDispatchService/DeleteDispatch", DeleteAgentDispatchRequest, self._delete_dispatch),
        ):
            app.router.add_post(f"/twirp/livekit.{path}", self._twirp(request, answer))  # type: ignore[arg-type]
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        (address,) = self._runner.addresses
        self.url = f"ws://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop_workers()
        for task in self._offering:
            task.cancel()
        await self._runner.cleanup()

    # --- what tests do ---

    def open_room(self, name: str, *people: str) -> SimulatedRoom:
        """Make a room, or have more people join it."""
        room = self.rooms.setdefault(name, SimulatedRoom())
        room.people.update(people)
        return room

    def lose_dispatch(self, room: str, agent_name: str = "jo", metadata: str = "", *, age: float = 60.0) -> str:
        """Make a dispatch, `age` seconds ago, that no worker was there for; return its id."""
        return self._new_dispatch(room, agent_name, metadata, age).id

    async def dispatch(self, room: str, agent_name: str = "jo", metadata: str = "") -> str:
        """Make a dispatch, which is offered; return its id."""
        made = self._new_dispatch(room, agent_name, metadata, 0.0)
        self._start(self._offer(made))
        return made.id

    def delete(self, room: str, dispatch_id: str) -> None:
        """Delete a dispatch, as somebody else does."""
        self._delete(room, dispatch_id)

    async def leave(self, room: str, identity: str) -> None:
        """Have a bot leave, to join again perhaps: its job is terminated."""
        del self.rooms[room].bots[identity]
        await self._terminate(next(job_id for job_id, who in self._identities.items() if who == identity))

    def drop_workers(self) -> None:
        """Break the connections, and forget the jobs, as a server does that ends."""
        for worker in self._workers:
            if (request := worker.socket._req) is not None and request.transport is not None:
                request.transport.abort()

    async def workers(self, count: int) -> None:
        """Wait until so many are there."""
        await until(lambda: len(self._workers) == count)

    async def full(self) -> None:
        """Wait until no worker takes jobs."""
        await until(lambda: all(worker.is_full for worker in self._workers))

    async def has_served(self, *rooms: str) -> None:
        """Wait until these rooms have their bots, and no others."""
        await until(lambda: sorted(name for name, room in self.rooms.items() if room.bots) == sorted(rooms))

    # --- /agent ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        worker = _Worker(socket)
        async for frame in socket:
            if frame.type is WSMsgType.BINARY:
                await self._hear(agent.WorkerMessage.FromString(frame.data), worker)
        if worker in self._workers:
            self._workers.remove(worker)
        return socket

    async def _hear(self, message: agent.WorkerMessage, worker: _Worker) -> None:
        match message.WhichOneof("message"):
            case "register":
                worker.agent_name = message.register.agent_name
                self.registrations += 1
                await worker.send(agent.ServerMessage(register=agent.RegisterWorkerResponse(worker_id="AW")))
            case "update_worker":
                worker.is_full = message.update_worker.status == agent.WorkerStatus.WS_FULL
                if worker not in self._workers:
                    self._workers.append(worker)
            case "availability":
                self._answers[message.availability.job_id] = message.availability
            case "update_job":
                await self._update(message.update_job, worker)

    async def _update(self, update: agent.UpdateJobStatus, worker: _Worker) -> None:
        """What a bot does in its room happens, whether the server still knows its job or not."""
        job = self._jobs[update.job_id]
        identity, room = self._identities[job.id], self.rooms[job.room.name]
        if update.status != agent.JobStatus.JS_RUNNING:
            room.bots.pop(identity, None)
            worker.jobs.pop(job.id, None)
        elif identity not in room.bots:
            room.bots[identity] = job.agent_name
            self.served.append((job.room.name, job.metadata))

    async def _offer(self, dispatch: api.AgentDispatch) -> None:
        job = agent.Job(
            id=f"J{next(self._numbers)}",
            room=models.Room(name=dispatch.room, sid=f"RM_{dispatch.room}"),
            metadata=dispatch.metadata,
            agent_name=dispatch.agent_name,
            dispatch_id=dispatch.id,
        )
        for worker in sorted(self._workers, key=lambda worker: len(worker.jobs)):
            if worker.agent_name != dispatch.agent_name or worker.is_full:
                continue
            self._answers.pop(job.id, None)
            await worker.send(agent.ServerMessage(availability=agent.AvailabilityRequest(job=job)))
            answer = await until(lambda: self._answers.get(job.id))
            if answer.available:
                worker.jobs[job.id] = self._jobs[job.id] = job
                self._identities[job.id] = answer.participant_identity
                listed = dispatch.state.jobs.add()
                listed.CopyFrom(job)
                listed.state.status = agent.JobStatus.JS_RUNNING
                listed.state.started_at = time.time_ns()
                await worker.send(agent.ServerMessage(assignment=agent.JobAssignment(job=job, token="a-token")))
                return
            if answer.terminate:
                return

    async def _terminate(self, job_id: str) -> None:
        for worker in self._workers:
            if worker.jobs.pop(job_id, None) is not None:
                await worker.send(agent.ServerMessage(termination=agent.JobTermination(job_id=job_id)))

    # --- Twirp ---

    def _twirp(
        self, kind: type[Request], answer: Callable[[Request], Message]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def respond(request: web.Request) -> web.Response:
            self.questions += 1
            if self.fails:
                return web.json_response({"code": "internal", "msg": "on purpose"}, status=500)
            try:
                said = answer(kind.FromString(await request.read()))
            except NotThere as error:
                code = str(error)
                return web.json_response({"code": code, "msg": code}, status={"unavailable": 503}.get(code, 404))
            return web.Response(body=said.SerializeToString(), content_type="application/protobuf")

        return respond

    def _list_rooms(self, request: api.ListRoomsRequest) -> Message:
        names = [name for name in self.rooms if not request.names or name in request.names]
        return api.ListRoomsResponse(rooms=[models.Room(name=name, sid=f"RM_{name}") for name in names])

    def _list_participants(self, request: api.ListParticipantsRequest) -> Message:
        room = self._room(request.room)
        people = [models.ParticipantInfo(identity=who, kind=self.kinds.get(who, 0)) for who in room.people]  # type: ignore[arg-type]
        bots = [
            models.ParticipantInfo(
                identity=who, kind=models.ParticipantInfo.Kind.AGENT, attributes={"lk.agent_name": name}
            )
            for who, name in room.bots.items()
        ]
        return api.ListParticipantsResponse(participants=people + bots)

    def _list_dispatch(self, request: ListAgentDispatchRequest) -> Message:
        found = self._room(request.room).dispatches.values()
        wanted = [each for each in found if request.dispatch_id in ("", each.id)]
        return api.ListAgentDispatchResponse(agent_dispatches=wanted)

    def _create_dispatch(self, request: api.CreateAgentDispatchRequest) -> Message:
        if self.creations_that_fail:
            self.creations_that_fail -= 1
            raise NotThere("unavailable")
        made = self._new_dispatch(request.room, request.agent_name, request.metadata, 0.0)
        self._start(self._offer(made))
        return made

    def _delete_dispatch(self, request: DeleteAgentDispatchRequest) -> Message:
        return self._delete(request.room, request.dispatch_id)

    def _room(self, name: str) -> SimulatedRoom:
        if (room := self.rooms.get(name)) is None or name in self.unanswered_rooms:
            raise NotThere("unavailable")  # no node answers for it
        return room

    def _new_dispatch(self, room: str, agent_name: str, metadata: str, age: float) -> api.AgentDispatch:
        made = api.AgentDispatch(id=f"AD_{next(self._numbers)}", room=room, agent_name=agent_name, metadata=metadata)
        made.state.created_at = int((time.time() - age) * 1e9)
        self.open_room(room).dispatches[made.id] = made
        return made

    def _delete(self, room: str, dispatch_id: str) -> api.AgentDispatch:
        dispatch = self._room(room).dispatches.pop(dispatch_id, None)
        if dispatch is None:
            raise NotThere("not_found")
        for job in dispatch.state.jobs:
            self._start(self._terminate(job.id))
        return dispatch

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._offering.add(task)
        task.add_done_callback(self._offering.discard)
