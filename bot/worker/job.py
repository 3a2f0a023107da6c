"""A job: one room that LiveKit has given to this worker, and how its process is told of it."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from bot.settings.settings import Settings
from bot.settings.values import Secret


@dataclass(frozen=True, slots=True)
class JobOffer:
    """What the server says of a job before it is taken; `room_id` tells rooms of one name apart."""

    id: str
    room: str
    room_id: str
    metadata: str = ""


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
            livekit_token=Secret(self.token),
            stay=False,  # the job ends with the room
            journal=_own_file(worker.journal, self.id) if worker.journal is not None else None,
        )


def _own_file(journal: Path, job_id: str) -> Path:
    """Name a journal of the job's own beside the one that was asked for; an id of the server holds no separators."""
    return journal.with_name(f"{journal.stem}-{Path(job_id).name}{journal.suffix}")
