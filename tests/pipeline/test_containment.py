"""What the embedding program's code raises stays away from the conversation; the end of the task does not."""

import asyncio

import pytest

from pipeline.containment import contained


async def test_it_returns_what_was_returned() -> None:
    async def call() -> str:
        return "done"

    assert await contained(call, repr) == "done"


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), asyncio.CancelledError()])
async def test_whatever_is_raised_becomes_a_value(error: BaseException) -> None:
    async def call() -> str:
        raise error

    assert await contained(call, repr) == repr(error)


async def test_an_error_before_the_first_await_becomes_a_value() -> None:
    def call() -> asyncio.Future[str]:
        raise ValueError("no future")

    assert await contained(call, str) == "no future"


async def test_the_cancellation_of_the_task_ends_it() -> None:
    async def call() -> str:
        await asyncio.Event().wait()
        return ""

    async with asyncio.TaskGroup() as group:
        task = group.create_task(contained(call, repr))
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
