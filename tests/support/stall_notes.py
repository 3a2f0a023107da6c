"""Notes when it wakes up later than it wanted: run by `stalls`, as a process of its own. Standard library only.

A line for each time: when it woke up (time.monotonic()), and how late, in seconds. One argument: what is too late.
"""

import os
import sys
import time
from threading import Thread

TICK = 0.010
"""Seconds to sleep."""


def note(core: int, limit: float) -> None:
    """Watch one core, for ever."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {core})  # of this thread
    woke_at = time.monotonic()
    while True:
        time.sleep(TICK)
        slept_at, woke_at = woke_at, time.monotonic()
        if (late := woke_at - slept_at - TICK) > limit:
            os.write(1, f"{woke_at:.3f} {late:.3f}\n".encode())


if __name__ == "__main__":
    watched = [
        Thread(target=note, args=(core, float(sys.argv[1])))
        for core in (os.sched_getaffinity(0) if sys.platform == "linux" else {0})
    ]
    for thread in watched:
        thread.start()
