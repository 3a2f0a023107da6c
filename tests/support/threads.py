"""The threads of this process that Python has started, to see that what has ended leaves none."""

import threading
from collections import Counter

from .waiting import until

EXECUTOR = "asyncio_"
"""Threads of the loop's executor: asyncio bounds them itself, and ends them with the loop."""


def own_threads() -> Counter[str]:
    """Count them by name, without a number at its end. Threads of native libraries have no name of ours."""
    names = (thread.name for thread in threading.enumerate())
    return Counter(name.rstrip("0123456789") for name in names if not name.startswith((EXECUTOR, "Dummy-")))


async def no_more_than(before: Counter[str]) -> None:
    """Wait until there are no more than before: a thread may end a moment after its work."""
    try:
        await until(lambda: not own_threads() - before)
    except TimeoutError:
        raise AssertionError(f"threads are left: {own_threads() - before}") from None
