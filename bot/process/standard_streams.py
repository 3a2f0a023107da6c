"""The process's stdout and stdin, kept for what the command itself writes and reads. Standard library only.

Anything else that prints (a provider's module, a C library, a child process) would write into a protocol, or into JSON.
"""

import os
import sys
from functools import cache
from io import TextIOWrapper
from typing import BinaryIO, TextIO

_STDIN, _STDOUT, _STDERR = 0, 1, 2

_own: TextIOWrapper | None = None
"""The real stdout, at a descriptor that nothing else knows and no child inherits."""


def reserve_stdout() -> None:
    """Keep stdout for `stdout()`; what else is printed to it, in this process or a child, goes to stderr from now on.

    Does nothing where it was done before, where stdout is closed, or where the program has exchanged it.
    """
    global _own
    given = sys.stdout
    if _own is not None or not isinstance(given, TextIOWrapper) or not _is_at(given, _STDOUT):
        return
    _fill_closed()
    given.flush()
    _own = TextIOWrapper(os.fdopen(os.dup(_STDOUT), "wb"), encoding=given.encoding, errors=given.errors)
    os.dup2(_STDERR, _STDOUT)
    given.reconfigure(line_buffering=True)  # what is printed stands where it belongs in the log


def stdout() -> TextIO:
    """Return the stream for what the command itself says."""
    return _own or sys.stdout


@cache
def reserve_stdin() -> BinaryIO:
    """Return stdin; whatever else reads it, in this process or a child, finds its end from now on."""
    _fill_closed()
    own = os.fdopen(os.dup(_STDIN), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)
    return own


def _is_at(stream: TextIOWrapper, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):  # it has none, or is closed
        return False


def _fill_closed() -> None:
    """Open the null device in place of closed standard streams: their descriptors would be given out next."""
    while (filled := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(filled, True)
    os.close(filled)
