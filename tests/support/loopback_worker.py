"""A worker in this process whose jobs' processes have no bot in them: see `job_child`."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.worker.pool import Pool
from bot.worker.process import JobProcess
from bot.worker.worker import Worker, WorkerOptions
from tests.support.agent_server import KEY, SECRET
from tests.support.waiting import WAIT_LIMIT

CHILD = "tests.support.job_child"
"""For `bot.worker.process.MODULE`."""


def worker_of(
    url: str, *, idle: int = 0, max_jobs: int = 2, drain_delay: float = WAIT_LIMIT, max_memory: int = 0
) -> Worker:
    access = ServerAccess(url, Secret(KEY), Secret(SECRET))
    options = WorkerOptions(agent_name="jo", max_jobs=max_jobs, drain_delay=drain_delay, max_memory=max_memory)
    return Worker(access, options, Pool(lambda: JobProcess.start((), os.environ), idle))


@asynccontextmanager
async def running(worker: Worker, *, cut: bool = False) -> AsyncIterator[Worker]:
    """Run a worker; in the end it has been drained, with its calls `cut` or ended before, and has ended by itself."""
    async with asyncio.timeout(WAIT_LIMIT), asyncio.TaskGroup() as group:
        run = group.create_task(worker.run())
        yield worker
        worker.drain()
        if cut:
            worker.drain()
        await run
