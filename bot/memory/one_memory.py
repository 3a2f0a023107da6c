"""A store in which every person of a bot has the same memory: that of a key which the session brings along."""

from bot.memory.store import MemoryStore
from pipeline.messages import Memory


class OneMemory:
    """A MemoryStore that asks another one for the memory of `key`, whoever is in the room."""

    def __init__(self, store: MemoryStore, key: str) -> None:
        self._store, self._key = store, key

    async def load(self, identity: str) -> Memory | None:
        """See `MemoryStore.load`."""
        return await self._store.load(self._key)

    async def save(self, identity: str, memory: Memory) -> None:
        """See `MemoryStore.save`."""
        await self._store.save(self._key, memory)

    async def forget(self, identity: str) -> bool:
        """See `MemoryStore.forget`."""
        return await self._store.forget(self._key)
