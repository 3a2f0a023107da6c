"""Instants of the event loop as instants of the calendar, for those who read them elsewhere."""

import time

from pipeline.clock import loop_time


def wall_time(at: float) -> float:
    """Return a loop time as seconds since 1970."""
    return time.time() - (loop_time() - at)
