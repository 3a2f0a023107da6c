"""The shape of a store of memories, and the error of one that does not work."""

from typing import Protocol, runtime_checkable

from pipeline.errors import VoiceBotError
from pipeline.messages import Memory


class MemoryStoreError(VoiceBotError):
    """A memory could not be read, written or deleted; the text says why."""


@runtime_checkable
class MemoryStore(Protocol):
    """Keeps what is known of people. Several bots may use one at the same time: the last to save an identity wins."""

    async def load(self, identity: str) -> Memory | None:
        """Return what is known of a person, None if nothing is. Raises MemoryStoreError."""
        ...

    async def save(self, identity: str, memory: Memory) -> None:
        """Keep this in the place of what was known of a person, wholly or not at all. Raises MemoryStoreError."""
        ...

    async def forget(self, identity: str) -> bool:
        """Delete all that is known of a person; returns whether anything was. Raises MemoryStoreError."""
        ...
