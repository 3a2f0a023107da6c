"""Names of recordings, from rooms that may be called anything."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

LONGEST = 60
"""Characters of a name in that of a file."""


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone (0700), and those above it. Raises OSError."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def plain_name(name: str, otherwise: str) -> str:
    """Return a name of letters, digits, "-" and "_" only, so that it leads to no other folder."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:LONGEST].strip("_-") or otherwise


def file_names(room: str, started: datetime) -> Iterator[str]:
    """Return names without an extension, to take the first that is free: the room, the time in UTC, a number."""
    name = f"{plain_name(room, 'room')}-{started:%Y%m%dT%H%M%SZ}"
    yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"
