"""Memories in one SQLite file."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from bot.memory.encoding import decode, encode
from bot.memory.store import MemoryStoreError
from pipeline.messages import Memory

T = TypeVar("T")

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another bot that writes: a write takes some milliseconds."""

_TABLE = "CREATE TABLE IF NOT EXISTS memory (identity TEXT PRIMARY KEY, memory TEXT NOT NULL)"
_BROKEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)

log = logging.getLogger(__name__)


class MemoryDatabase:
    """A table `memory` with a row for each identity; the file is for its owner alone (0600) when it is made here.

    What is forgotten is overwritten. A file that is no database is renamed to end with `.broken`, and a new one made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self, identity: str) -> Memory | None:
        """See `MemoryStore.load`."""

        def load(database: sqlite3.Connection) -> Memory | None:
            row = database.execute("SELECT memory FROM memory WHERE identity = ?", (_key(identity),)).fetchone()
            try:
                return decode(row[0], _key(identity)) if row is not None else None
            except (ValueError, TypeError, RecursionError) as error:
                log.warning("the memory of %r in %s is broken, and is replaced: %s", identity, self._path, error)
                return None

        return await asyncio.to_thread(self._use, load)

    async def save(self, identity: str, memory: Memory) -> None:
        """See `MemoryStore.save`."""
        row = _key(identity), encode(_key(identity), memory)
        await asyncio.to_thread(self._use, lambda it: it.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", row))

    async def forget(self, identity: str) -> bool:
        """See `MemoryStore.forget`."""

        def forget(database: sqlite3.Connection) -> bool:
            return database.execute("DELETE FROM memory WHERE identity = ?", (_key(identity),)).rowcount > 0

        return await asyncio.to_thread(self._use, forget)

    def _use(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `act` returns, in a transaction; with a new file where this one is no database."""
        try:
            file = self._made()
            try:
                return self._once(act)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode & 0xFF not in _BROKEN:
                    raise
                self._set_aside(file, error)
                self._made()
                return self._once(act)
        except sqlite3.Error as error:
            raise MemoryStoreError(f"the memory {self._path} cannot be used: {error}") from error
        except OSError as error:
            raise MemoryStoreError(f"the memory {self._path} cannot be used: {error.strerror}") from error

    def _made(self) -> int:
        """Make the file unless it is there; returns its number in the file system."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)

    def _once(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT)) as database, database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute(_TABLE)
            return act(database)

    def _set_aside(self, file: int, error: sqlite3.Error) -> None:
        if self._path.stat().st_ino != file:
            return  # another bot has done so
        aside = self._path.with_name(f"{self._path.name}.broken")
        os.replace(self._path, aside)
        log.warning("the memory %s is broken and now called %s: %s", self._path, aside.name, error)


def _key(identity: str) -> str:
    """The identity as SQLite takes it: a half of a surrogate pair has no place in UTF-8."""
    return identity.encode("utf-8", "backslashreplace").decode()
