"""Processes that wait, on virtual time: how old they get."""

import asyncio
from typing import cast

from bot.worker.pool import LOOK_INTERVAL, REFILL_DELAY, Pool
from bot.worker.process import JobProcess, ProcessFailed
from pipeline.clock import loop_time
from pipeline.testing.virtual_loop import virtual_time

OLD = 3600.0


class Waiting:
    """A process that does nothing but be there."""

    def __init__(self) -> None:
        self.started_at = loop_time()
        self.is_alive = True
        self.pid = 1

    async def kill(self) -> None:
        self.is_alive = False


class Started:
    """Starts them, in three seconds each."""

    def __init__(self) -> None:
        self.processes: list[Waiting] = []
        self.fails = False

    async def start(self) -> JobProcess:
        await asyncio.sleep(3.0)
        if self.fails:
            raise ProcessFailed("on purpose")
        self.processes.append(Waiting())
        return cast(JobProcess, self.processes[-1])

    @property
    def alive(self) -> list[Waiting]:
        return [process for process in self.processes if process.is_alive]


@virtual_time
async def test_one_that_has_waited_long_is_replaced_by_a_fresh_one() -> None:
    started = Started()
    pool = Pool(started.start, 2, recycle_delay=OLD)
    async with asyncio.TaskGroup() as group:
        filling = group.create_task(pool.run())
        await asyncio.sleep(OLD / 2)
        first = started.alive
        assert len(first) == len(pool) == 2
        await asyncio.sleep(OLD / 2 + 4 * LOOK_INTERVAL)
        assert not any(process.is_alive for process in first)
        assert len(started.alive) == len(pool) == 2
        assert len(started.processes) == 4
        filling.cancel()
    assert started.alive == []


@virtual_time
async def test_a_bot_that_greets_has_the_machine_for_a_moment() -> None:
    """The next process is loaded after it; who comes meanwhile is given one that starts at once."""
    started = Started()
    pool = Pool(started.start, 1)
    async with asyncio.TaskGroup() as group:
        filling = group.create_task(pool.run())
        await asyncio.sleep(LOOK_INTERVAL)
        began_at = loop_time()
        await pool.take()
        assert loop_time() == began_at
        second = await pool.take()
        assert second.started_at == began_at + 3.0
        await asyncio.sleep(LOOK_INTERVAL + REFILL_DELAY)
        assert [process.started_at for process in started.processes[2:]] == [began_at + REFILL_DELAY + 3.0]
        filling.cancel()


@virtual_time
async def test_an_old_one_is_better_than_none() -> None:
    started = Started()
    pool = Pool(started.start, 1, recycle_delay=OLD)
    async with asyncio.TaskGroup() as group:
        filling = group.create_task(pool.run())
        await asyncio.sleep(OLD / 2)
        started.fails = True
        await asyncio.sleep(OLD)
        assert len(started.alive) == len(pool) == 1
        filling.cancel()


@virtual_time
async def test_they_may_wait_for_ever() -> None:
    started = Started()
    pool = Pool(started.start, 1)
    async with asyncio.TaskGroup() as group:
        filling = group.create_task(pool.run())
        await asyncio.sleep(5 * OLD)
        assert len(started.processes) == len(pool) == 1
        filling.cancel()
