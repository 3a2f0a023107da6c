"""The store that a path names."""

from pathlib import Path

from bot.memory.database import MemoryDatabase
from bot.memory.directory import MemoryDirectory
from bot.memory.store import MemoryStore
from bot.settings.memory_path import DATABASE_SUFFIXES


def open_memory(path: Path | str) -> MemoryStore:
    """Return the store at a path: a SQLite file if the name ends like one (.sqlite, .sqlite3, .db), else a folder."""
    path = Path(path).expanduser()
    return MemoryDatabase(path) if path.suffix.lower() in DATABASE_SUFFIXES else MemoryDirectory(path)
