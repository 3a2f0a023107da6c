"""The path of a store of memories: a folder, or a SQLite file. Standard library only."""

import os
from pathlib import Path

from bot.settings.values import read_text

DATABASE_SUFFIXES = (".sqlite", ".sqlite3", ".db")


def read_memory_path(raw: object) -> Path:
    """A folder, or a file that ends with one of DATABASE_SUFFIXES; made when it is needed, in a folder that exists."""
    if not isinstance(raw, str | Path):
        raise ValueError(f"must be a path, not {type(raw).__name__}")
    if "\0" in str(raw):
        raise ValueError("names no usable path: it has a zero character; choose another place")
    try:
        path = Path(read_text(str(raw))).expanduser()
        is_database = path.suffix.lower() in DATABASE_SUFFIXES
        if is_database and path.is_dir():
            raise ValueError(f"names the folder {str(path)!r} as a database; name a file in it")
        if not is_database and path.exists() and not path.is_dir():
            raise ValueError(
                f"names {str(path)!r}, which is neither a folder nor ends with {', '.join(DATABASE_SUFFIXES)}"
            )
        if not path.parent.is_dir():
            raise ValueError(f"lies in {str(path.parent)!r}, which is no folder; make it first")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise ValueError(f"names {str(path)!r}, which this user may not write; choose another place")
    except (OSError, RuntimeError) as error:
        raise ValueError(f"names no usable path ({error}); choose another place") from None
    return path
