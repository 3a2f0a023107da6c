"""How many streams of others are read at a time: each sender has some of their own, so that none keeps back others."""

from collections import Counter


class OpenStreams:
    """Counts streams by sender, from when they are opened until they have been read."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._by_sender = Counter[str]()

    def begin(self, identity: str) -> bool:
        """Count one more; return False when that is too much, and it is not to be read."""
        if self._by_sender.total() >= self._most or self._by_sender[identity] >= self._most_of_one:
            return False
        self._by_sender[identity] += 1
        return True

    def end(self, identity: str) -> None:
        """Note that one has been read."""
        self._by_sender[identity] -= 1
        if not self._by_sender[identity]:
            del self._by_sender[identity]
