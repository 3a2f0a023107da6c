"""Messages of LiveKit's worker protocol, version 1: builds what a worker sends, reads what the server says. No I/O.

They are protobuf (`livekit_agent.proto` of livekit/protocol), one message a WebSocket frame.
"""

from dataclasses import dataclass

from google.protobuf.message import DecodeError
from livekit.protocol import agent, models

from bot.worker.job import JobOffer
from bot.worker.roster import OfferAnswer, WorkerStatus
from pipeline.errors import RoomError

PING_INTERVAL = 5
"""Seconds between pings, as the registration promises them; WebSocket's own only show that the connection stands."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The server has taken the worker in."""

    worker_id: str
    server_version: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The server asks whether the worker takes a job."""

    offer: JobOffer


@dataclass(frozen=True, slots=True)
class Assigned:
    """The job is the worker's. `url` is empty where it is the worker's own."""

    offer: JobOffer
    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Terminated:
    """The job's dispatch was deleted, or its bot has left the room, perhaps to join again. It is not said which."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping: the server's side of the protocol is alive."""


@dataclass(frozen=True, slots=True)
class GoAway:
    """The server will close the connection soon, and asks the worker to register elsewhere."""

    reason: str


ServerSays = Registered | Offered | Assigned | Terminated | Pong | GoAway


def read(frame: bytes) -> ServerSays | None:
    """Read a frame of the server; None for what asks nothing of a worker. Raises RoomError for what is no message."""
    try:
        message = agent.ServerMessage.FromString(frame)
    except DecodeError:
        raise RoomError("what answers at /agent does not speak LiveKit's worker protocol: check LIVEKIT_URL") from None
    match message.WhichOneof("message"):
        case "register":
            return Registered(message.register.worker_id, message.register.server_info.version)
        case "availability":
            return Offered(_offer(message.availability.job))
        case "assignment":
            return Assigned(_offer(message.assignment.job), message.assignment.url, message.assignment.token)
        case "termination":
            return Terminated(message.termination.job_id)
        case "pong":
            return Pong()
        case "go_away":
            return GoAway(message.go_away.reason)
    return None


def _offer(job: agent.Job) -> JobOffer:
    return JobOffer(
        job.id, job.room.name, job.room.sid, job.metadata, job.participant.identity or None, job.dispatch_id
    )


def register(agent_name: str, version: str) -> bytes:
    """Say who the worker is; without a name every new room is offered to it. The first message of a connection."""
    may = models.ParticipantPermission(
        can_publish=True, can_subscribe=True, can_publish_data=True, can_update_metadata=True, agent=True
    )
    return agent.WorkerMessage(
        register=agent.RegisterWorkerRequest(
            type=agent.JobType.JT_ROOM,
            agent_name=agent_name,
            version=version,
            ping_interval=PING_INTERVAL,
            allowed_permissions=may,
        )
    ).SerializeToString()


def answer(job_id: str, answer: OfferAnswer, *, identity: str, name: str = "Rawbot") -> bytes:
    """OfferAnswer an offer. One that is refused goes to another worker, one that is settled to nobody."""
    return agent.WorkerMessage(
        availability=agent.AvailabilityResponse(
            job_id=job_id,
            available=answer is OfferAnswer.TAKE,
            terminate=answer is OfferAnswer.SETTLED,
            participant_identity=identity,
            participant_name=name,
        )
    ).SerializeToString()


def status(status: WorkerStatus) -> bytes:
    """Tell how much the worker has to do."""
    return agent.WorkerMessage(
        update_worker=agent.UpdateWorkerStatus(
            status=agent.WorkerStatus.WS_AVAILABLE if status.is_available else agent.WorkerStatus.WS_FULL,
            load=status.load,
            job_count=status.jobs,
            draining=status.is_draining,
        )
    ).SerializeToString()


def ping(now: float) -> bytes:
    """Ask for a Pong; `now` is in seconds since 1970."""
    return agent.WorkerMessage(ping=agent.WorkerPing(timestamp=int(now * 1000))).SerializeToString()


def job_running(job_id: str) -> bytes:
    """Report that the job's bot is in its room."""
    return _update(agent.UpdateJobStatus(job_id=job_id, status=agent.JobStatus.JS_RUNNING))


def job_ended(job_id: str, error: str = "") -> bytes:
    """Report the job's end: a failure if there is an `error`."""
    how = agent.JobStatus.JS_FAILED if error else agent.JobStatus.JS_SUCCESS
    return _update(agent.UpdateJobStatus(job_id=job_id, status=how, error=error))


def _update(update: agent.UpdateJobStatus) -> bytes:
    return agent.WorkerMessage(update_job=update).SerializeToString()
