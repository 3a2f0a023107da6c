"""Erasing on a terminal, and last lines that never wait for it. Standard library only."""

import os
import select
import sys
from contextlib import suppress
from typing import TextIO

ERASE = "\r\x1b[J"
"""To the line's beginning, and erase all behind it: ECMA-48's CR and ED, which every terminal but a dumb one knows."""

STDERR = 2
"""The file descriptor."""


def can_erase(stream: TextIO) -> bool:
    """Return whether `stream` is a terminal that obeys ERASE; not all of Windows' consoles do."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb" and sys.platform != "win32"


def over_live_line(text: str) -> str:
    """Return `text` for stderr, over a live line that another part or process may have drawn there."""
    return ERASE + text if sys.stderr is not None and can_erase(sys.stderr) else text


def write_last(text: str) -> None:
    """Write to stderr just before the process ends, over a live line that may stand there.

    Takes no lock, and does not wait: a terminal that was stopped (Ctrl-S) must not keep the process alive.
    """
    with suppress(OSError, ValueError):
        # Windows selects among sockets only; its consoles are not stopped.
        if sys.platform == "win32" or select.select([], [STDERR], [], 0)[1]:
            os.write(STDERR, over_live_line(text).encode())
