"""Progress lines on stderr while something slow runs, also while the interpreter is busy importing."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

REPORT_INTERVAL = 5.0
"""Seconds between two lines."""


@contextmanager
def progress_lines(activity: str, interval: float = REPORT_INTERVAL) -> Iterator[None]:
    """Write "still <activity>, N s so far" every `interval` seconds while the block runs; nothing when it is quick."""
    ended = threading.Event()
    began_at = time.monotonic()

    def report() -> None:
        while not ended.wait(interval):
            sys.stderr.write(f"still {activity}, {time.monotonic() - began_at:.0f} s so far\n")
            sys.stderr.flush()

    reporting = threading.Thread(target=report, name="progress", daemon=True)
    reporting.start()
    try:
        yield
    finally:
        ended.set()
        reporting.join()
