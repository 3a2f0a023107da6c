"""The jobs that have processes, by processes that are played."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from bot.worker.calls import Calls
from bot.worker.job import Job
from bot.worker.pool import Pool
from bot.worker.process import JobEnd
from pipeline.testing.virtual_loop import settle, virtual_time


class Crashing:
    """A process that crashes as its job is asked to end; and the pool that gives it."""

    pid, is_alive = 1, False

    def __init__(self) -> None:
        self.served = 0
        self.crashes: Callable[[], None] = lambda: None

    async def take(self) -> "Crashing":
        return self

    async def serve(self, job: Job, joined: object, counted: object) -> JobEnd:
        self.served += 1
        self.crashes()
        return JobEnd("it was killed", is_crash=True)

    def ask_to_end(self) -> None:
        pass

    async def kill(self) -> None:
        pass


@virtual_time
async def test_a_job_that_was_asked_to_end_gets_no_further_process() -> None:
    """Its process may die in that moment: the request must not be lost with it."""
    process, ended = Crashing(), list[str]()
    async with asyncio.TaskGroup() as group:
        calls = Calls(
            cast(Pool, process),
            cast(Any, group.create_task),
            joined=lambda job: None,
            ended=lambda job, error: ended.append(error),
        )
        process.crashes = lambda: calls.end("J1")
        calls.begin(Job("J1", "lobby", "ws://nowhere", "a-token", "rawbot-J1"))
        await settle()
    assert process.served == 1
    assert ended == ["it was killed"]
