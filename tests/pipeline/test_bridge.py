"""From a task to a generator: order, errors, bounds, and what is left behind."""

import asyncio
from contextlib import aclosing

import pytest

from pipeline.bridge import Outlet, bridge
from pipeline.testing.virtual_loop import virtual_time


@virtual_time
async def test_what_is_put_comes_out_in_order_and_then_the_error() -> None:
    async def work(outlet: Outlet[int]) -> None:
        outlet.put_nowait(1)
        await outlet.put(2)
        raise KeyError("the work's own")

    got: list[int] = []

    async def read() -> None:
        async for item in bridge(work):
            got.append(item)

    with pytest.raises(KeyError, match="the work's own"):
        await read()
    assert got == [1, 2]


@virtual_time
async def test_closing_cancels_the_work_and_waits_for_its_end() -> None:
    steps = []

    async def work(outlet: Outlet[int]) -> None:
        try:
            await outlet.put(1)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            steps.append("freed")

    async with aclosing(bridge(work)) as items:
        assert await anext(items) == 1
    assert steps == ["freed"]


@virtual_time
async def test_an_error_of_the_work_does_not_cancel_who_holds_the_generator() -> None:
    async def work(outlet: Outlet[int]) -> None:
        await outlet.put(1)
        raise KeyError

    async with aclosing(bridge(work)) as items:
        await anext(items)
        await asyncio.sleep(1.0)  # the error happens here
        with pytest.raises(KeyError):
            await anext(items)


@virtual_time
async def test_an_error_of_who_reads_passes_unchanged() -> None:
    async def work(outlet: Outlet[int]) -> None:
        await outlet.put(1)
        await asyncio.sleep(60)

    async def read() -> None:
        async with aclosing(bridge(work)) as items:
            async for _ in items:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await read()


@virtual_time
async def test_the_work_waits_while_as_many_items_wait_as_the_limit_allows() -> None:
    made = []

    async def work(outlet: Outlet[int]) -> None:
        for number in range(10):
            await outlet.put(number)
            made.append(number)

    async with aclosing(bridge(work, limit=2)) as items:
        await anext(items)
        await asyncio.sleep(1.0)
        assert made == [0, 1, 2]
