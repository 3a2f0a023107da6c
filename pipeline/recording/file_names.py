"""Names of recordings, from rooms that may be called anything."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

LONGEST_ROOM = 60
"""Characters of a room's name in that of a file."""


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone (0700), and those above it. Raises OSError."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def file_names(room: str, started: datetime) -> Iterator[str]:
    """Return names without an extension, to take the first that is free: the room, the time in UTC, a number.

    They have letters, digits, "-" and "_" only, so that no name of a room leads to another folder.
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", room)[:LONGEST_ROOM].strip("_-") or "room"
    name = f"{plain}-{started:%Y%m%dT%H%M%SZ}"
    yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"
