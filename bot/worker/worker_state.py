"""How a worker stands, for health checks and metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One moment of a worker; counts, but for what begins with `is_`."""

    is_registered: bool
    """Whether the server can give it jobs: it is connected, and has been taken in."""
    is_available: bool
    """Whether it would take a job now."""
    is_draining: bool
    places: int
    """Jobs that it takes at the same time."""
    offered: int
    """Of them, those that it has said yes to and that the server has not given yet."""
    assigned: int
    """Those whose bots are not in their rooms yet."""
    running: int
    load: float
    """What the server is told, 0 to 1: below 0.7 while it takes jobs."""
    idle: int
    """Processes that wait for a job."""
    succeeded: int
    """Jobs since the worker began, as the next two."""
    failed: int
    refused: int
    """Offers that it did not take; the same job counts as often as it was offered."""
