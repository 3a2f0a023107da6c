"""The tasks of a session."""

import asyncio
import gc

from pipeline.children import Children


async def test_a_task_that_is_cancelled_before_it_begins_leaves_nothing_behind() -> None:
    """Else Python warns of a coroutine that was never awaited, at any later time."""

    async def work() -> None:
        raise AssertionError("it has begun")

    async with asyncio.TaskGroup() as group:
        children = Children(group, lambda: None)
        children.create_task(work()).cancel()
    gc.collect()
