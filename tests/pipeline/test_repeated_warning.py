"""A warning whose cause comes many times a second."""

import asyncio
import logging

import pytest

from pipeline.repeated_warning import WARNING_INTERVAL, RepeatedWarning
from pipeline.testing.virtual_loop import virtual_time


@virtual_time
async def test_a_flood_is_one_line_in_an_interval_and_none_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    warn = RepeatedWarning(logging.getLogger("flooded"), "%s sent %d")
    for number in range(1000):
        warn("ann", number)
        await asyncio.sleep(0.001)
    assert [record.getMessage() for record in caplog.records] == ["ann sent 0"]
    await asyncio.sleep(WARNING_INTERVAL)
    warn("bob", 1)
    await asyncio.sleep(WARNING_INTERVAL)
    warn("bob", 2)
    assert [record.getMessage() for record in caplog.records[1:]] == [
        "bob sent 1 (999 more such warnings were left out)",
        "bob sent 2",
    ]
