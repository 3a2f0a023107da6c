"""One process at a time, by an advisory lock on a file. Standard library only."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows locks bytes and keeps others from reading them, so take one behind the content

    def _acquire(file: IO[bytes]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _acquire(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


POLL_INTERVAL = 0.1
REPORT_INTERVAL = 10.0
"""Seconds between two attempts to get the lock, and between two reports of a wait."""


@contextmanager
def locked(path: Path, report: Callable[[str], None] | None = None) -> Iterator[None]:
    """Wait until no other process is inside `locked` with the same file, which is made when missing.

    `report` gets a line at the beginning of a wait and every ten seconds of it. The file holds the number of the
    process that has the lock. The system drops the lock with the process, however it ends: there is no stale one.
    """
    with path.open("ab") as file:
        began_at = time.monotonic()
        report_at = began_at + POLL_INTERVAL
        while not _acquire(file):
            now = time.monotonic()
            if report and now >= report_at:
                report(f"waiting for process {_holder(path)}, which makes the same: {now - began_at:.0f} s so far")
                report_at = now + REPORT_INTERVAL
            time.sleep(POLL_INTERVAL)
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def _holder(path: Path) -> str:
    return path.read_text() or "(unknown)"
