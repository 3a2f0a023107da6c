"""The worker: takes jobs from the server, has them served, reports how it goes, and comes back after a loss."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.room.dispatches import Dispatches
from bot.room.server import Server
from bot.settings.settings import ServerAccess
from bot.worker import messages
from bot.worker.calls import Calls
from bot.worker.connection import WorkerConnection
from bot.worker.job import Job, JobOffer
from bot.worker.job_dispatches import JobDispatches
from bot.worker.machine import Machine
from bot.worker.messages import Assigned, Offered, ServerSays, Terminated
from bot.worker.offers import Offers
from bot.worker.pool import Pool
from bot.worker.roster import Phase, Roster, WorkerStatus
from bot.worker.server_link import ServerLink
from bot.worker.sweeper import Sweeper
from bot.worker.worker_state import WorkerState
from pipeline.clock import loop_time

log = logging.getLogger(__name__)

DRAINED_INTERVAL = 2.5
"""Seconds between two looks whether a worker that drains is done; a job that ends is noticed at once."""

DRAINING = "draining: no more jobs; %d may go on for %.0f s (a second signal ends them)"

JOB_MEMORY = 200 << 20
"""Bytes that have to be free for a further job: one takes some 150 MB when it talks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What the command line says of the worker itself."""

    agent_name: str = ""
    """Without one, the worker is offered every new room."""
    max_jobs: int
    drain_delay: float
    """Seconds for the calls to end by themselves."""
    max_memory: int = 0
    """Bytes for the processes of one job; 0 for as many as it takes."""
    identity: str | None = None
    """That of all bots; without one, each job has its own."""
    version: str = ""

    def identity_of(self, job_id: str) -> str:
        """Return the identity of a job's bot."""
        return self.identity or f"rawbot-{job_id}"


class Worker:
    """One run of a worker; `run` returns when it has been drained and its last call has ended."""

    def __init__(self, access: ServerAccess, options: WorkerOptions, pool: Pool) -> None:
        self._access, self._options, self._pool = access, options, pool
        self._roster = Roster(options.max_jobs, options.max_memory or JOB_MEMORY)
        self._calls = Calls(pool, self._spawn, joined=self._joined, ended=self._ended, max_memory=options.max_memory)
        self.counted = self._calls.counted
        self._link = ServerLink(
            access,
            agent_name=options.agent_name,
            version=options.version,
            status=self._status,
            running=lambda: self._roster.running,
            hear=self._hear,
            registered=self._registered,
        )
        self._server = Server(access.url, access.api_key.reveal(), access.api_secret.reveal())
        dispatches = Dispatches(self._server, options.agent_name)
        self._dispatches = JobDispatches(dispatches, self._calls, self._spawn)
        self._sweeper = Sweeper(dispatches, served=lambda: self._roster.rooms, places=lambda: self._roster.places)
        self._offers = Offers(self._roster, self._calls, self._dispatches, self._sweeper)
        self._machine = Machine()
        self._was_available = True
        self._draining = asyncio.Event()
        self._settled = asyncio.Event()
        """A job has ended, perhaps the last one."""
        self._tasks = set[asyncio.Task[None]]()

    @property
    def state(self) -> WorkerState:
        """How it stands now."""
        roster, totals = self._roster, self._roster.totals
        status = roster.status(loop_time())
        return WorkerState(
            is_registered=self._link.is_registered,
            is_available=status.is_available,
            is_draining=status.is_draining,
            places=self._options.max_jobs,
            offered=roster.count(Phase.OFFERED),
            assigned=roster.count(Phase.ASSIGNED),
            running=roster.count(Phase.RUNNING),
            load=status.load,
            idle=len(self._pool),
            succeeded=totals.succeeded,
            failed=totals.failed,
            refused=totals.refused,
        )

    async def run(self) -> None:
        """Work until drained. Raises KeyRefused, in a group, when the server does not take the key pair at first."""
        async with self._server, asyncio.TaskGroup() as group:
            self._group = group
            filling = self._spawn(self._pool.run())
            self._spawn(self._link.run())
            self._spawn(self._sweeper.run())
            await self._draining.wait()
            filling.cancel()
            self._spawn(self._dispatches.cut_after(self._options.drain_delay))
            while not self._roster.is_done(loop_time()):
                self._settled.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(DRAINED_INTERVAL):  # an offer that is never assigned just expires
                        await self._settled.wait()
            await self._link.flush()
            await self._dispatches.settle()
            for task in self._tasks:
                task.cancel()

    def drain(self) -> None:
        """Take no more jobs, and end when those that run have ended; a second time, end them now."""
        if self._draining.is_set():
            self._dispatches.cut()
            return
        log.info(DRAINING, len(self._roster), self._options.drain_delay)
        self._roster.drain()
        self._link.report()
        self._draining.set()

    def _status(self) -> WorkerStatus:
        self._roster.observe(self._machine.busy(), self._machine.free_memory())
        status = self._roster.status(loop_time())
        if status.is_available and not self._was_available:
            log.info("takes jobs again")
            self._sweeper.look()  # what came meanwhile was not offered
        elif self._was_available and not status.is_available and not status.is_draining:
            log.info("no more jobs for now: %s", self._roster.refusal())
        self._was_available = status.is_available
        return status

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- what the server says ---

    def _registered(self) -> None:
        self._sweeper.look()
        self._dispatches.registered()

    def _hear(self, said: ServerSays, connection: WorkerConnection) -> None:
        if isinstance(said, Offered):
            self._spawn(self._answer(said.offer, connection))
        elif isinstance(said, Assigned) and self._roster.assign(said.offer, loop_time()):
            job = self._job(said)
            log.info("job %s: room %s", job.id, job.room)
            self._calls.begin(job)
            if self._dispatches.is_cutting:  # it was taken before the drain
                self._dispatches.cut()
        elif isinstance(said, Terminated):
            self._dispatches.terminated(said.job_id)

    async def _answer(self, offer: JobOffer, connection: WorkerConnection) -> None:
        answer = await self._offers.answer(offer)
        await connection.send(messages.answer(offer.id, answer, identity=self._options.identity_of(offer.id)))
        self._link.report()

    def _job(self, assigned: Assigned) -> Job:
        offer, url = assigned.offer, assigned.url or self._access.url
        identity = self._options.identity_of(offer.id)
        return Job(
            offer.id,
            offer.room,
            url,
            assigned.token,
            identity,
            offer.metadata,
            offer.participant,
            offer.dispatch_id,
        )

    # --- what comes of the jobs ---

    def _joined(self, job: Job) -> None:
        self._roster.start(job.id, loop_time())
        self._link.update(job.id, messages.job_running(job.id))

    def _ended(self, job: Job, error: str) -> None:
        self._roster.end(job.id, has_failed=bool(error))
        self._link.update(job.id, messages.job_ended(job.id, error))
        self._dispatches.ended(job)
        self._settled.set()
