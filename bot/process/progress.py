"""Progress lines on stderr while something slow runs, also while the interpreter is busy importing."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REPORT_INTERVAL = 5.0
"""Seconds between two lines."""


@contextmanager
def progress_lines(
    activity: str, interval: float | None = None, write: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Write "still <activity>, N s so far" every `interval` seconds while the block runs; nothing when it is quick.

    `write` is called from another thread with each line; without it they go to stderr.
    """
    delay, out = interval or REPORT_INTERVAL, write or _write
    ended = threading.Event()
    began_at = time.monotonic()

    def report() -> None:
        while not ended.wait(delay):
            out(f"still {activity}, {time.monotonic() - began_at:.0f} s so far")

    reporting = threading.Thread(target=report, name="progress", daemon=True)
    reporting.start()
    try:
        yield
    finally:
        ended.set()
        reporting.join()


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
