"""How late the event loop is: whatever keeps it busy delays audio in both directions, and every decision."""

import asyncio
import logging
from collections.abc import Callable

from pipeline.clock import loop_time
from pipeline.events import LoopLagged
from pipeline.repeated_warning import RepeatedWarning

INTERVAL = 0.2
"""Seconds between two looks, which take 0.1 % of a core together. Every stall of 0.25 s is seen, and one in four of
50 ms: what happens again and again is."""

NOTED = 0.05
"""Seconds from which it is an event: the room's queue holds 40 to 60 ms, so that its voice may then have a gap."""

WARNED = 0.25
"""Seconds from which it is a warning, too: a person hears it, and an answer is late by it."""

_warn = RepeatedWarning(  # one for all bots of a process: they share the loop
    logging.getLogger(__name__),
    "the event loop was %.2f s late: the machine, or code that does not await, keeps it busy",
)


async def watch_loop(emit: Callable[[LoopLagged], None]) -> None:
    """Report, until cancelled, each time at which the loop comes late to a timer."""
    while True:
        due_at = loop_time() + INTERVAL
        await asyncio.sleep(INTERVAL)
        now = loop_time()
        if (lag := now - due_at) >= NOTED:
            emit(LoopLagged(now, lag))
            if lag >= WARNED:
                _warn(lag)
