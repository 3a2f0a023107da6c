"""The same key gets the same answer."""

import asyncio

import pytest

from bot.web.api import idempotency
from bot.web.api.idempotency import Idempotency, read_key
from bot.web.api.problems import Problem
from pipeline.clock import loop_time


class Maker:
    """Makes numbers, when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.may_go_on = asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self) -> int:
        self.made += 1
        number = self.made
        await self.may_go_on.wait()
        if self.failure is not None:
            raise self.failure
        return number


async def test_whoever_asks_at_the_same_time_waits_for_the_one_answer() -> None:
    answers, maker = Idempotency[int](60.0), Maker()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(answers.once("k", "f", maker)) for _ in range(20)]
        other = group.create_task(answers.once("another", "f", maker))
        await asyncio.sleep(0)
        maker.may_go_on.set()
    assert {task.result() for task in tasks} == {1}
    assert other.result() == 2
    assert await answers.once("k", "f", maker) == 1
    with pytest.raises(Problem, match="was used for another request") as refusal:
        await answers.once("k", "other", maker)
    assert refusal.value.status == 422


async def test_a_failure_is_shared_and_may_be_tried_again() -> None:
    answers, maker = Idempotency[int](60.0), Maker()
    maker.failure = ValueError("it is away")
    first = asyncio.ensure_future(answers.once("k", "f", maker))
    second = asyncio.ensure_future(answers.once("k", "f", maker))
    await asyncio.sleep(0)
    maker.may_go_on.set()
    for waiting in (first, second):
        with pytest.raises(ValueError, match="it is away"):
            await waiting
    assert maker.made == 1
    maker.failure = None
    assert await answers.once("k", "f", maker) == 2


async def test_one_that_is_called_off_leaves_nobody_waiting() -> None:
    answers, maker = Idempotency[int](60.0), Maker()
    first = asyncio.ensure_future(answers.once("k", "f", maker))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(answers.once("k", "f", maker))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(Problem, match="try again"):
        await second
    maker.may_go_on.set()
    assert await answers.once("k", "f", maker) == 2


async def test_one_that_waits_and_is_called_off_disturbs_nobody() -> None:
    answers, maker = Idempotency[int](60.0), Maker()
    first = asyncio.ensure_future(answers.once("k", "f", maker))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(answers.once("k", "f", maker))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    maker.may_go_on.set()
    assert await first == await answers.once("k", "f", maker) == 1


async def test_what_is_kept_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "MOST_ANSWERS", 3)
    answers, maker = Idempotency[int](60.0), Maker()
    maker.may_go_on.set()
    for key in "abcd":
        await answers.once(key, "f", maker)
    assert await answers.once("d", "f", maker) == 4
    assert await answers.once("a", "f", maker) == 5, "the oldest had to go"
    now = loop_time() + 61.0
    monkeypatch.setattr(idempotency, "loop_time", lambda: now)
    assert await answers.once("d", "f", maker) == 6, "it has expired"


@pytest.mark.parametrize("text", ["", "  ", "a" * 256, "a\x07b"])
def test_a_key_that_is_none(text: str) -> None:
    with pytest.raises(Problem, match="Idempotency-Key"):
        read_key(text)
