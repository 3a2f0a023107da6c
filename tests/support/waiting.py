"""Waits for what has to come: generous ones, for a busy machine takes many times as long as an idle one."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

WAIT_LIMIT = 60.0
"""Seconds that only a fault uses up. Whoever judges how long something takes compares several readings instead."""

GHOST_LIMIT = 12.0
"""Seconds to be gone from a room: who says no goodbye stays in the server's list for 15 and more."""

POLL_INTERVAL = 0.005
"""Seconds between two looks."""

T = TypeVar("T")


async def until(condition: Callable[[], T | None], timeout: float = WAIT_LIMIT) -> T:
    """Wait until a condition gives something true, and return that; TimeoutError after `timeout` seconds."""
    async with asyncio.timeout(timeout):
        while not (result := condition()):  # noqa: ASYNC110 - nobody tells of what happens elsewhere
            await asyncio.sleep(POLL_INTERVAL)
        return result


def wait_until(condition: Callable[[], T | None], timeout: float = WAIT_LIMIT) -> T:
    """Do the same where no event loop runs."""
    give_up_at = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > give_up_at:
            raise TimeoutError
        time.sleep(POLL_INTERVAL)
    return result
