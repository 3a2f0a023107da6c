"""A loop that is late is noticed, on a loop whose time jumps."""

import asyncio
import logging

import pytest

from pipeline import loop_lag
from pipeline.events import LoopLagged
from pipeline.loop_lag import INTERVAL, NOTED, WARNED, watch_loop
from pipeline.repeated_warning import RepeatedWarning
from pipeline.testing.virtual_loop import VirtualTimeLoop, virtual_time


@pytest.fixture(autouse=True)
def warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has not been written yet."""
    monkeypatch.setattr(loop_lag, "_warn", RepeatedWarning(logging.getLogger("pipeline.loop_lag"), "%.2f s late"))


async def watched(*stalls: float) -> list[LoopLagged]:
    """What is reported of a second with a stall at each tenth, in the moment in which the timer is due."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)

    def stall(duration: float) -> None:
        loop._now += duration

    seen: list[LoopLagged] = []
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch_loop(seen.append))
        for duration in stalls:
            loop.call_later(INTERVAL * 0.999, stall, duration)
            await asyncio.sleep(INTERVAL + duration)
        watching.cancel()
    return seen


@virtual_time
async def test_each_stall_that_can_be_heard_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    seen = await watched(0.0, NOTED / 2, 2 * NOTED, 2 * WARNED, 0.0)
    assert [event.lag for event in seen] == pytest.approx([2 * NOTED, 2 * WARNED], abs=0.01)
    assert caplog.messages == [f"{seen[1].lag:.2f} s late"]


@virtual_time
async def test_a_loop_in_time_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert await watched(*[0.0] * 20) == []
    assert caplog.messages == []
