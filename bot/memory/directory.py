"""Memories in a folder, a file each."""

import asyncio
import hashlib
import logging
import os
import tempfile
from pathlib import Path

from bot.memory.encoding import LONGEST, decode, encode
from bot.memory.store import MemoryStoreError
from pipeline.messages import Memory

log = logging.getLogger(__name__)


class MemoryDirectory:
    """Files for their owner alone (0600), in a folder that is made like that, too (0700).

    Identities may be any text: a file's name is a digest of its identity, which stands in the file. A file is replaced
    at once, so that whoever reads it meanwhile has the whole of one version. One that cannot be understood is renamed
    to end with `.broken`, and nothing is known of its person then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load(self, identity: str) -> Memory | None:
        """See `MemoryStore.load`."""
        return await asyncio.to_thread(self._load, identity)

    async def save(self, identity: str, memory: Memory) -> None:
        """See `MemoryStore.save`."""
        await asyncio.to_thread(self._save, identity, memory)

    async def forget(self, identity: str) -> bool:
        """See `MemoryStore.forget`. Deletes what was set aside of the person, too."""
        return await asyncio.to_thread(self._forget, identity)

    def _load(self, identity: str) -> Memory | None:
        path = self._path(identity)
        try:
            with path.open("rb") as file:
                content = file.read(4 * LONGEST)
            return decode(content.decode(), identity)
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            self._set_aside(path, error)
            return None
        except OSError as error:
            raise MemoryStoreError(f"{path} cannot be read ({error.strerror}): correct its rights") from error

    def _save(self, identity: str, memory: Memory) -> None:
        path = self._path(identity)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, written = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".tmp", dir=self._folder)
            try:
                with open(descriptor, "w", encoding="utf-8") as file:
                    file.write(encode(identity, memory))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(written, path)
            except BaseException:
                os.unlink(written)
                raise
        except OSError as error:
            raise MemoryStoreError(f"{path} cannot be written ({error.strerror}): choose another folder") from error

    def _forget(self, identity: str) -> bool:
        path = self._path(identity)
        try:
            found = list(self._folder.glob(f"{path.stem}.*"))
            for each in found:
                each.unlink(missing_ok=True)
        except OSError as error:
            raise MemoryStoreError(f"{path} cannot be deleted ({error.strerror}): correct its rights") from error
        return bool(found)

    def _path(self, identity: str) -> Path:
        digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest[:40]}.json"

    def _set_aside(self, path: Path, error: Exception) -> None:
        aside = path.with_suffix(".broken")
        try:
            os.replace(path, aside)
        except OSError as failure:
            raise MemoryStoreError(
                f"{path} is broken ({error}), and cannot be set aside: {failure.strerror}"
            ) from error
        log.warning("the memory %s is broken and now called %s: %s", path, aside.name, error)
