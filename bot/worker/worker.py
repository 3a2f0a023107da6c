"""The worker: takes jobs from the server, has them served, reports how it goes, and comes back after a loss."""

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.room.server import KeyRefused
from bot.settings.settings import ServerAccess
from bot.worker import messages
from bot.worker.calls import Calls
from bot.worker.connection import WorkerConnection, connect
from bot.worker.job import Job, JobOffer
from bot.worker.load import CpuLoad
from bot.worker.messages import Assigned, Offered, ServerSays, Terminated
from bot.worker.pool import Pool
from bot.worker.roster import OfferAnswer, Roster
from pipeline.clock import loop_time
from pipeline.errors import RoomError
from pipeline.resilience.backoff import backoff_delay

log = logging.getLogger(__name__)

STATUS_INTERVAL = 2.5
"""Seconds between two reports of the load; a job that comes or goes is reported at once."""

STEADY_DELAY = 5.0
"""Seconds after which a connection that is lost was a good one: the next attempt is made at once."""

ASK_AGAIN_DELAY = 0.1
"""Seconds until an offer that could not be answered is looked at again."""

FLUSH_TIMEOUT = 2.0
"""Seconds for the last reports of a worker that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What the command line says of the worker itself."""

    agent_name: str = ""
    """Without one, the worker is offered every new room."""
    max_jobs: int
    drain_delay: float
    """Seconds for the calls to end by themselves."""
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
        self._roster = Roster(options.max_jobs)
        self._calls = Calls(pool, self._spawn, joined=self._joined, ended=self._ended)
        self._cpu = CpuLoad()
        self._updates: dict[str, bytes] = {}
        """By job, what the server has not been told of it yet; the last value wins, and outlives a connection."""
        self._news = asyncio.Event()
        """There are updates, or the status has changed."""
        self._draining = asyncio.Event()
        self._settled = asyncio.Event()
        """A job has ended, perhaps the last one."""
        self._connection: WorkerConnection | None = None
        self._was_registered = False
        self._tasks = set[asyncio.Task[None]]()

    async def run(self) -> None:
        """Work until drained. Raises KeyRefused, in a group, when the server does not take the key pair at first."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            filling = self._spawn(self._pool.run())
            self._spawn(self._keep_connected())
            await self._draining.wait()
            filling.cancel()
            self._spawn(self._calls.end_all_after(self._options.drain_delay))
            while not self._roster.is_done(loop_time()):
                self._settled.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(STATUS_INTERVAL):  # an offer that is never assigned just expires
                        await self._settled.wait()
            await self._flush()
            for task in self._tasks:
                task.cancel()

    def drain(self) -> None:
        """Take no more jobs, and end when those that run have ended; a second time, end them now."""
        if self._draining.is_set():
            self._calls.end_all()
            return
        log.info("draining: no more jobs; %d may go on for %.0f s", len(self._roster), self._options.drain_delay)
        self._roster.drain()
        self._news.set()
        self._draining.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- the connection ---

    async def _keep_connected(self) -> None:
        attempt, reason = 0, ""
        while True:
            began_at = loop_time()
            try:
                async with connect(self._access, self._options.agent_name, self._options.version) as connection:
                    await self._talk(connection)
                again = "the server has closed the worker's connection"
                attempt = 0 if loop_time() - began_at > STEADY_DELAY else attempt
                reason = ""
            except RoomError as error:
                if isinstance(error, KeyRefused) and not self._was_registered:
                    raise
                again = str(error)
            if again != reason:
                log.warning("%s; trying again, %d jobs go on", again, len(self._calls))
            reason = again
            await asyncio.sleep(backoff_delay(attempt, random.random()))
            attempt += 1

    async def _talk(self, connection: WorkerConnection) -> None:
        """Listen to the server until the connection is gone."""
        name = self._options.agent_name
        log.info("registered %s as %s", f"for {name}" if name else "for every room", connection.registered.worker_id)
        self._was_registered = True
        for job_id in self._roster.running:
            self._updates.setdefault(job_id, messages.job_running(job_id))
        self._connection = connection
        reporting = self._spawn(self._report(connection))
        try:
            async for said in connection.says():
                self._hear(said, connection)
        finally:
            self._connection = None
            reporting.cancel()

    async def _report(self, connection: WorkerConnection) -> None:
        """Tell the server how things stand, whenever that has changed and every few seconds."""
        while True:
            self._news.clear()
            await self._send_updates(connection)
            await connection.send(messages.status(self._roster.status(loop_time(), self._cpu.read())))
            with suppress(TimeoutError):
                async with asyncio.timeout(STATUS_INTERVAL):
                    await self._news.wait()

    async def _send_updates(self, connection: WorkerConnection) -> None:
        for job_id, update in list(self._updates.items()):
            if await connection.send(update) and self._updates.get(job_id) is update:
                del self._updates[job_id]

    async def _flush(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                if self._connection is not None:
                    await self._send_updates(self._connection)

    # --- what the server says ---

    def _hear(self, said: ServerSays, connection: WorkerConnection) -> None:
        if isinstance(said, Offered):
            self._spawn(self._answer(said.offer, connection))
        elif isinstance(said, Assigned) and self._roster.assign(said.offer, loop_time()):
            job = self._job(said)
            log.info("job %s: room %s", job.id, job.room)
            self._calls.begin(job)
        elif isinstance(said, Terminated):
            self._calls.end(said.job_id)

    async def _answer(self, offer: JobOffer, connection: WorkerConnection) -> None:
        came_at = loop_time()
        while (answer := self._roster.answer(offer, loop_time(), loop_time() - came_at)) is OfferAnswer.LATER:  # noqa: ASYNC110
            await asyncio.sleep(ASK_AGAIN_DELAY)
        if answer is not OfferAnswer.TAKE:
            log.info("job %s is not taken (%s), room %s", offer.id, answer.name.lower(), offer.room)
        await connection.send(messages.answer(offer.id, answer, identity=self._options.identity_of(offer.id)))
        self._news.set()

    def _job(self, assigned: Assigned) -> Job:
        offer, url = assigned.offer, assigned.url or self._access.url
        return Job(offer.id, offer.room, url, assigned.token, self._options.identity_of(offer.id), offer.metadata)

    # --- what comes of the jobs ---

    def _joined(self, job: Job) -> None:
        self._roster.start(job.id, loop_time())
        self._updates[job.id] = messages.job_running(job.id)
        self._news.set()

    def _ended(self, job: Job, error: str) -> None:
        self._roster.end(job.id)
        self._updates[job.id] = messages.job_ended(job.id, error)
        self._news.set()
        self._settled.set()
