"""A server's /agent as workers see it: real protobuf over a real WebSocket, no rooms behind it."""

from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web
from livekit.protocol import agent, models

from .waiting import until

KEY, SECRET = "some-key", "a-secret-that-is-long-enough-for-hs256"


class AgentServer:
    """A context manager on a port of its own; keeps what it was told."""

    def __init__(self) -> None:
        self.registrations: list[agent.RegisterWorkerRequest] = []
        self.answers: dict[str, agent.AvailabilityResponse] = {}
        self.updates: list[tuple[str, str]] = []
        """Job and state: RUNNING, SUCCESS, FAILED."""
        self.errors: dict[str, str] = {}
        self.statuses: list[agent.UpdateWorkerStatus] = []
        self.pings = 0
        self.answers_pings = True
        self.refuses = False
        """Whether it answers 401."""
        self._socket: web.WebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/agent", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await self._site.start()
        (address,) = self._runner.addresses
        self.url = f"ws://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drop()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refuses or not request.headers["Authorization"].startswith("Bearer ey"):
            return web.Response(status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket = socket
        async for frame in socket:
            if frame.type is WSMsgType.BINARY:
                await self._hear(agent.WorkerMessage.FromString(frame.data), socket)
        return socket

    async def _hear(self, message: agent.WorkerMessage, socket: web.WebSocketResponse) -> None:
        match message.WhichOneof("message"):
            case "register":
                answer = agent.RegisterWorkerResponse(worker_id=f"AW_{len(self.registrations)}")
                await socket.send_bytes(agent.ServerMessage(register=answer).SerializeToString())
                self.registrations.append(message.register)
            case "availability":
                self.answers[message.availability.job_id] = message.availability
            case "update_job":
                update = message.update_job
                self.updates.append((update.job_id, agent.JobStatus.Name(update.status).removeprefix("JS_")))
                self.errors[update.job_id] = update.error
            case "ping":
                self.pings += 1
                if self.answers_pings:
                    pong = agent.WorkerPong(last_timestamp=message.ping.timestamp, timestamp=message.ping.timestamp)
                    await socket.send_bytes(agent.ServerMessage(pong=pong).SerializeToString())
            case "update_worker":
                self.statuses.append(message.update_worker)

    async def registered(self, times: int = 1) -> None:
        """Wait until a worker has come, for the `times`-th time, and has told how it is."""
        told = len(self.statuses)
        await until(lambda: len(self.registrations) >= times)
        await until(lambda: len(self.statuses) > told)

    async def offer(self, job: agent.Job) -> agent.AvailabilityResponse:
        """Offer a job and return the answer."""
        await self._send(agent.ServerMessage(availability=agent.AvailabilityRequest(job=job)))
        return await until(lambda: self.answers.get(job.id))

    async def assign(self, job: agent.Job, token: str = "a-token") -> None:
        """Give a job."""
        await self._send(agent.ServerMessage(assignment=agent.JobAssignment(job=job, token=token)))

    async def give(self, job: agent.Job) -> None:
        """Offer a job, see that it is taken, and give it."""
        assert (await self.offer(job)).available
        await self.assign(job)

    async def terminate(self, job_id: str) -> None:
        """Have a job end."""
        await self._send(agent.ServerMessage(termination=agent.JobTermination(job_id=job_id)))

    async def told(self, job_id: str, state: str, times: int = 1) -> None:
        """Wait until the state of a job was reported, so many times."""
        await until(lambda: self.updates.count((job_id, state)) >= times)

    async def drop(self) -> None:
        """Break the connection without a word."""
        if self._socket is not None and (transport := self._socket._req.transport if self._socket._req else None):
            transport.abort()

    async def send_away(self) -> None:
        """Ask the worker to register anew."""
        message = agent.ServerMessage()
        message.go_away.reason = "maintenance"
        await self._send(message)

    async def send_garbage(self) -> None:
        """Send what is no message of the protocol."""
        assert self._socket is not None
        await self._socket.send_bytes(b"\xff\xff\xff")

    async def _send(self, message: agent.ServerMessage) -> None:
        assert self._socket is not None
        await self._socket.send_bytes(message.SerializeToString())


def job(job_id: str, room: str = "", room_id: str = "", metadata: str = "") -> agent.Job:
    """A job, by default in a room of its own."""
    where = models.Room(name=room or f"room of {job_id}", sid=room_id or f"RM_{job_id}_{room}")
    return agent.Job(id=job_id, room=where, metadata=metadata)
