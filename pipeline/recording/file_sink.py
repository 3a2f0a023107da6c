"""A file that is written to as long as its disk takes it, and that ends with something whole when it does not."""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN}
"""Failures that may pass: room is made, a disk of the network comes back."""

RETRY_DELAY = 0.5
"""Seconds between two attempts."""


class GivenUp(Exception):
    """The file cannot be written any more; the message says why."""


class FileSink:
    """A new file for its owner alone (0600). What is written stands in it as a whole, or not at all.

    It waits for a disk that is full, until `wait` says that there is no time left.
    """

    def __init__(self, path: Path, wait: Callable[[float], bool]) -> None:
        """Make the file. `wait(seconds)` returns False when the recording is being closed. Raises OSError."""
        self.path = path
        self._wait = wait
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        self._descriptor: int | None = os.open(path, flags, 0o600)
        self.size = 0
        """Bytes that stand in it."""

    def write(self, data: bytes) -> None:
        """Write all of it. Raises GivenUp, and the file then ends where it did before."""
        if self._descriptor is None:
            raise GivenUp(f"{self.path} is closed")
        left, is_said = memoryview(data), False
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
                continue
            except OSError as error:
                reason, may_pass = error.strerror or str(error), error.errno in FULL
            if may_pass and not is_said:
                is_said = True
                log.error(
                    "%s cannot be written to now (%s); the call goes on, and it is tried again", self.path, reason
                )
            if not may_pass or not self._wait(RETRY_DELAY):
                self._cut_back()
                raise GivenUp(f"{self.path} cannot be written to ({reason})")
        self.size += len(data)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.close(descriptor)
            except OSError as error:
                log.error("%s may be incomplete: %s", self.path, error.strerror)

    def delete(self) -> None:
        """Delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _cut_back(self) -> None:
        assert self._descriptor is not None
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError as error:
            log.error("%s ends in the middle of something: %s", self.path, error.strerror)
        self.close()
