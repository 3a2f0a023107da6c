"""One process at a time, by an advisory lock on a file. Standard library only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows locks bytes and keeps others from reading them, so take one behind the content

    def _acquire(file: IO[bytes]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for ten seconds
        except OSError:
            return False
        return True
else:
    import fcntl

    def _acquire(file: IO[bytes]) -> bool:
        fcntl.flock(file, fcntl.LOCK_EX)
        return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process is inside `locked` with the same file, which is made when missing.

    The system drops the lock with the process, however it ends: there is no stale one.
    """
    with path.open("ab") as file:
        while not _acquire(file):
            pass
        yield
