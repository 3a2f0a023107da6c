"""The jobs that have processes: each is given one, followed to its end, and ended on request."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from bot.telemetry.worker_totals import WorkerTotals
from bot.worker.job import Job
from bot.worker.pool import Pool
from bot.worker.process import JobEnd, JobProcess
from bot.worker.process_memory import memory_of
from pipeline.errors import VoiceBotError

log = logging.getLogger(__name__)

END_DELAY = 4.0
"""Seconds for a process that was asked to end; bots leave within 2."""

MB = 1 << 20
MEMORY_INTERVAL = 10.0
"""Seconds between two looks at what a job's processes take."""

WARNED_SHARE = 0.8
"""Of the memory that a job may take, from which the log warns."""

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Runs a coroutine beside all else; it is cancelled when the worker ends."""


class Calls:
    """One process a job. `joined` and `ended` (why it failed, or nothing) are called once each for a job."""

    def __init__(
        self,
        pool: Pool,
        spawn: Spawn,
        *,
        joined: Callable[[Job], None],
        ended: Callable[[Job, str], None],
        max_memory: int = 0,
    ) -> None:
        """`max_memory` are the bytes for one job's processes, 0 for no limit."""
        self._max_memory = max_memory
        self._pool, self._spawn = pool, spawn
        self._joined, self._ended = joined, ended
        self.counted = WorkerTotals()
        """What the jobs' bots have counted."""
        self._jobs: dict[str, Job] = {}
        self._processes: dict[str, JobProcess | None] = {}
        """By job; None while it waits for one."""
        self._outgrown: dict[str, JobEnd] = {}
        """Why jobs are ended that took too much memory."""
        self._unwanted = set[str]()
        """Jobs that were asked to end: a process that crashes meanwhile, or has not begun, is followed by none."""

    def __len__(self) -> int:
        return len(self._processes)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Those that have not ended."""
        return tuple(self._jobs.values())

    def find(self, job_id: str) -> Job | None:
        """Return a job that has not ended."""
        return self._jobs.get(job_id)

    def begin(self, job: Job) -> None:
        """Serve a job, from now on: it may be asked to end at any time."""
        self._jobs[job.id], self._processes[job.id] = job, None
        self._spawn(self._serve(job))

    async def _serve(self, job: Job) -> None:
        try:
            error = await self._in_process(job)
        except VoiceBotError as failure:
            error = str(failure)
        finally:
            del self._jobs[job.id], self._processes[job.id]
            self.counted.ended(job.id)
            self._unwanted.discard(job.id)
        log.log(logging.ERROR if error else logging.INFO, "job %s ended%s", job.id, f": {error}" if error else "")
        self._ended(job, error)

    async def _in_process(self, job: Job) -> str:
        """Return why it failed, or nothing. One process that crashes is replaced, in the same job."""
        end = await self._in_one_process(job)
        if not end.is_crash or job.id in self._unwanted:
            return end.error
        log.error("job %s: %s; its room gets a fresh bot, once", job.id, end.error)
        self._processes[job.id] = None
        return (await self._in_one_process(job.again())).error

    async def _in_one_process(self, job: Job) -> JobEnd:
        process = await self._pool.take()
        self._processes[job.id] = process
        log.info("job %s: process %d", job.id, process.pid)
        try:
            if job.id in self._unwanted:
                return JobEnd("", is_crash=False)
            if not self._max_memory:
                return await self._serve_in(process, job)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch_memory(job, process))
                end = await self._serve_in(process, job)
                watching.cancel()
            return self._outgrown.pop(job.id, end)
        finally:
            await process.kill()

    async def _serve_in(self, process: JobProcess, job: Job) -> JobEnd:
        return await process.serve(job, lambda: self._joined(job), lambda counts: self.counted.count(job.id, counts))

    async def _watch_memory(self, job: Job, process: JobProcess) -> None:
        """Warn of a process that nears its limit, and end one that is over it."""
        has_warned = False
        while True:
            await asyncio.sleep(MEMORY_INTERVAL)
            taken = await asyncio.to_thread(memory_of, process.pid)
            amounts = f"{taken / MB:.0f} MB of the {self._max_memory / MB:.0f} that --max-memory allows"
            if taken > self._max_memory:
                self._outgrown[job.id] = JobEnd(f"the bot's processes took {amounts}", is_crash=True)
                self._ask_to_end(process)
                return
            if taken > WARNED_SHARE * self._max_memory and not has_warned:
                has_warned = True
                log.warning("job %s: its processes take %s", job.id, amounts)

    def end(self, job_id: str) -> None:
        """Have a job's bot leave its room; ends a process that does not."""
        if job_id in self._processes:
            self._unwanted.add(job_id)
            if (process := self._processes[job_id]) is not None:
                self._ask_to_end(process)

    def _ask_to_end(self, process: JobProcess) -> None:
        process.ask_to_end()
        self._spawn(self._kill_late(process))

    def end_all(self) -> None:
        """Do the same with all of them."""
        log.info("ending %d jobs", len(self))
        for job_id in list(self._processes):
            self.end(job_id)

    async def _kill_late(self, process: JobProcess) -> None:
        await asyncio.sleep(END_DELAY)
        if process.is_alive:
            log.warning("process %d did not leave its room in time and is killed", process.pid)
            await process.kill()
