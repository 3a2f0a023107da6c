"""The jobs of a worker, and what follows from them: the answer to an offer, the status to report. Pure; time comes in.

offer -> TAKE -> offered --assign--> assigned --start--> running --end-->
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.worker.job import JobOffer

ASSIGN_DELAY = 15.0
"""Seconds after which an offer that was taken counts no more: the server waits 10 for an answer, then assigns."""

REOPEN_DELAY = 3.0
"""Seconds for the bot of an earlier room of the same name to leave: a room that was deleted and opened again."""

LEAVE_DELAY = 6.0
"""Seconds for the bot of a job that is not wanted any more to leave, before another takes its place: it is killed after
4, and the server waits 10 for an answer."""

BUSIEST_LOAD = 0.65
"""The load that is reported with one place left and all cores busy. From 0.7 on (`agents.target_load`, livekit-server's
default) a server offers no job at all, although the worker says that it is available."""


BUSY_LIMIT = 0.95
"""The share of the CPU, lately, from which no further job is taken: those who are in a call would break up. A worker
without a call takes one all the same: what keeps the machine busy is not its own."""


class Phase(Enum):
    """How far a job has come."""

    OFFERED = auto()
    ASSIGNED = auto()
    RUNNING = auto()


class OfferAnswer(Enum):
    """What to say to an offer."""

    TAKE = auto()
    REFUSE = auto()
    """Another worker may take it."""
    SETTLED = auto()
    """Nobody needs to take it: the room has its bot."""
    LATER = auto()
    """Ask again soon: the room's name is that of one whose bot may be leaving."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """What the server is told; `load` is 0 to 1."""

    is_available: bool
    load: float
    jobs: int
    is_draining: bool


@dataclass(slots=True)
class JobTotals:
    """Jobs since the worker began."""

    succeeded: int = 0
    failed: int = 0
    refused: int = 0
    """Offers that another worker may have taken; the same job counts as often as it was offered."""


@dataclass(frozen=True, slots=True)
class _Entry:
    offer: JobOffer
    phase: Phase
    since: float
    is_leaving: bool = False


class Roster:
    """Which jobs there are. `now` is in seconds, of any clock that never goes back."""

    def __init__(self, max_jobs: int, job_memory: int = 0) -> None:
        """`job_memory` are the bytes that have to be free for another job."""
        self._max_jobs, self._job_memory = max_jobs, job_memory
        self._busy = 0.0
        self._free_memory: int | None = None
        self._entries: dict[str, _Entry] = {}
        self.is_draining = False
        self.totals = JobTotals()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the jobs whose bots are in their rooms."""
        return tuple(job_id for job_id, entry in self._entries.items() if entry.phase is Phase.RUNNING)

    @property
    def rooms(self) -> frozenset[str]:
        """Names of the rooms that have a bot, or one on its way."""
        return frozenset(entry.offer.room for entry in self._entries.values())

    @property
    def places(self) -> int:
        """How many more jobs it takes."""
        return 0 if self.refusal() else self._max_jobs - len(self._entries)

    def observe(self, busy: float, free_memory: int | None) -> None:
        """Note the share of the CPU in use, 0 to 1, and the bytes of memory that are free, if that is known."""
        self._busy, self._free_memory = min(max(busy, 0.0), 1.0), free_memory

    def refusal(self) -> str:
        """Return why no further job is taken; nothing if one is."""
        if self.is_draining:
            return "the worker is draining"
        if len(self._entries) >= self._max_jobs:
            return f"all {self._max_jobs} places are taken"
        if self._entries and self._busy >= BUSY_LIMIT:
            return f"the CPU is {self._busy:.0%} busy"
        if self._free_memory is not None and self._free_memory < self._job_memory:
            return f"{self._free_memory >> 20} MB of memory are left, and a call may take {self._job_memory >> 20}"
        return ""

    def count(self, phase: Phase) -> int:
        """Return how many jobs are so far."""
        return sum(entry.phase is phase for entry in self._entries.values())

    def answer(self, offer: JobOffer, now: float, waited: float = 0.0) -> OfferAnswer:
        """Decide on an offer, which takes a place if it is taken; `waited` is how long ago it came, in seconds."""
        answer = self._decide(offer, now, waited)
        if answer is OfferAnswer.TAKE and offer.id not in self._entries:
            self._entries[offer.id] = _Entry(offer, Phase.OFFERED, now)
        self.totals.refused += answer is OfferAnswer.REFUSE
        return answer

    def _decide(self, offer: JobOffer, now: float, waited: float) -> OfferAnswer:
        self._forget_unassigned(now)
        if offer.id in self._entries:
            return OfferAnswer.TAKE  # asked twice
        there = [entry for entry in self._entries.values() if entry.offer.room == offer.room]
        if any(entry.is_leaving for entry in there):
            return OfferAnswer.LATER if waited < LEAVE_DELAY else OfferAnswer.REFUSE
        if any(entry.offer.room_id == offer.room_id for entry in there):
            return OfferAnswer.SETTLED
        if self.is_draining:
            return OfferAnswer.REFUSE
        if there:
            # Deleted and opened again, then the old bot is leaving; or a server that came back, then it joins again.
            return OfferAnswer.LATER if waited < REOPEN_DELAY else OfferAnswer.SETTLED
        return OfferAnswer.REFUSE if self.refusal() else OfferAnswer.TAKE

    def assign(self, offer: JobOffer, now: float) -> bool:
        """Note that the server has given the job; return False when it had done so before.

        An answer that was late may have been forgotten here: the server has decided, so the job counts.
        """
        entry = self._entries.get(offer.id)
        if entry is not None and entry.phase is not Phase.OFFERED:
            return False
        self._entries[offer.id] = _Entry(offer, Phase.ASSIGNED, now)
        return True

    def leave(self, job_id: str) -> None:
        """Note that a job ends, as it is not wanted any more: its room may get another."""
        if (entry := self._entries.get(job_id)) is not None:
            self._entries[job_id] = replace(entry, is_leaving=True)

    def start(self, job_id: str, now: float) -> None:
        """Note that the job's bot is in its room."""
        if (entry := self._entries.get(job_id)) is not None:
            self._entries[job_id] = replace(entry, phase=Phase.RUNNING, since=now)

    def end(self, job_id: str, *, has_failed: bool = False) -> None:
        """Note that the job is over."""
        if self._entries.pop(job_id, None) is not None:
            self.totals.failed += has_failed
            self.totals.succeeded += not has_failed

    def drain(self) -> None:
        """Take no more jobs."""
        self.is_draining = True

    def is_done(self, now: float) -> bool:
        """Whether a worker that drains has nothing more to do."""
        self._forget_unassigned(now)
        return self.is_draining and not self._entries

    def status(self, now: float) -> WorkerStatus:
        """Return what to report."""
        self._forget_unassigned(now)
        is_available = not self.refusal()
        share = max(len(self._entries) / self._max_jobs, self._busy)
        return WorkerStatus(
            is_available, BUSIEST_LOAD * share if is_available else 1.0, len(self._entries), self.is_draining
        )

    def _forget_unassigned(self, now: float) -> None:
        late = [
            job_id
            for job_id, entry in self._entries.items()
            if entry.phase is Phase.OFFERED and now - entry.since > ASSIGN_DELAY
        ]
        for job_id in late:
            del self._entries[job_id]
