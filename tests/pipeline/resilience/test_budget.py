"""The seconds that a reply may wait for its providers."""

import asyncio

import pytest

from pipeline.clock import loop_time
from pipeline.resilience.budget import Budget
from pipeline.testing.virtual_loop import virtual_time


@virtual_time
async def test_only_waiting_counts() -> None:
    budget = Budget(8.0)
    budget.start()
    await asyncio.sleep(3.0)
    budget.pause()
    await asyncio.sleep(100.0)
    assert not budget.is_spent
    budget.start()
    budget.start()
    assert budget.deadline - loop_time() == pytest.approx(5.0)
    await asyncio.sleep(5.0)
    assert budget.is_spent


@virtual_time
async def test_progress_renews_it() -> None:
    budget = Budget(8.0)
    budget.start()
    await asyncio.sleep(7.0)
    budget.renew()
    budget.start()
    assert budget.deadline - loop_time() == pytest.approx(8.0)
    budget.exhaust()
    assert budget.is_spent
