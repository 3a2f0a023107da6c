"""A job: one room that LiveKit has given to this worker, and how its process is told of it."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from bot.settings.settings import Settings
from bot.settings.values import Secret
from pipeline.recording.file_names import plain_name


@dataclass(frozen=True, slots=True)
class JobOffer:
    """What the server says of a job before it is taken; `room_id` tells rooms of one name apart."""

    id: str
    room: str
    room_id: str
    metadata: str = ""
    participant: str | None = None
    """Identity of the person whom it is about; None for a job that is about the room."""
    dispatch_id: str = ""
    """Empty for a job that was not dispatched, but simulated."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was taken. `metadata` is what the dispatch says, and comes from outside."""

    id: str
    room: str
    url: str
    token: str = field(repr=False)
    identity: str
    """The bot's in the room; the token holds the same."""
    metadata: str = ""
    participant: str | None = None
    """As in the offer."""
    dispatch_id: str = ""
    attempt: int = 1
    """Of the processes that serve it, which."""

    def again(self) -> Self:
        """Return the same job for another process: with the same token, so that its bot takes the lost one's place."""
        return replace(self, attempt=self.attempt + 1)

    def before(self) -> Self | None:
        """Return the job as it was for the process before this one; None for the first."""
        return replace(self, attempt=self.attempt - 1) if self.attempt > 1 else None

    def to_line(self) -> bytes:
        """Write it as a line of JSON, for the pipe to its process alone: it holds the token."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read such a line."""
        return cls(**json.loads(line))

    def settings(self, worker: Settings) -> Settings:
        """Return the settings of this job's bot: the worker's, in the job's room.

        What came with the job is taken literally: it passes no reader that could open a file or load a class.
        """
        return replace(
            worker,
            room=self.room,
            url=self.url,
            identity=self.identity,
            participant=self.participant or worker.participant,
            livekit_token=Secret(self.token),
            stay=False,  # the job ends with the room
            journal=_own_file(worker.journal, self) if worker.journal is not None else None,
            record=worker.record / plain_name(self.id, "job") if worker.record is not None else None,
        )


def _own_file(journal: Path, job: Job) -> Path:
    """Name a journal of the process's own beside the one that was asked for; an id from outside changes no folder."""
    again = f"-{job.attempt}" if job.attempt > 1 else ""
    return journal.with_name(f"{journal.stem}-{Path(job.id).name}{again}{journal.suffix}")
