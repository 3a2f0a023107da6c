"""The text of one reply on its way to the voice: tokens become speakable chunks, until there are too many."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, nullcontext

from pipeline.text.sentences import SentenceChunker
from pipeline.text.speakable import Speakable, SpeakableFilter

_log = logging.getLogger(__name__)


class ReplyText:
    """Filled by `read`, emptied by `next`, at the same time."""

    def __init__(self, reply_id: str, max_characters: int) -> None:
        self._reply_id = reply_id
        self._max_characters = max_characters
        self.written = ""
        """All chunks so far, as written."""
        self._chunker = SentenceChunker()
        self._filter = SpeakableFilter()
        self._chunks: deque[Speakable] = deque()  # text only, and not more than `max_characters` by much
        self._is_read = False
        self._grown = asyncio.Event()

    @property
    def is_spent(self) -> bool:
        """No chunk is left, and none will come."""
        return self._is_read and not self._chunks

    async def next(self) -> Speakable | None:
        """The next chunk, as soon as there is one; None when it is spent."""
        while not self._chunks and not self._is_read:
            self._grown.clear()
            await self._grown.wait()
        return self._chunks.popleft() if self._chunks else None

    async def read(self, tokens: AsyncIterator[str]) -> None:
        """Take the text to its end, or to the end of the chunk that makes it too long; a generator is closed then."""
        loop = asyncio.get_running_loop()
        due: asyncio.TimerHandle | None = None
        try:
            async with aclosing(tokens) if isinstance(tokens, AsyncGenerator) else nullcontext():
                async for token in tokens:
                    self._put(self._chunker.feed(token, loop.time()))
                    if self._is_full:
                        _log.warning(
                            "%s was ended after %d characters, as a reply may have only %d: ask for shorter answers",
                            self._reply_id,
                            len(self.written),
                            self._max_characters,
                        )
                        break
                    if due is None and self._chunker.due_at is not None:
                        due = loop.call_at(self._chunker.due_at, lambda: self._put(self._chunker.due(loop.time())))
        finally:
            if due is not None:
                due.cancel()
        self._put(self._chunker.flush())
        self._is_read = True
        self._grown.set()

    @property
    def _is_full(self) -> bool:
        return len(self.written) > self._max_characters

    def _put(self, chunks: list[str]) -> None:
        for chunk in chunks:
            if self._is_full:
                return
            self.written += chunk
            self._chunks.append(self._filter.feed(chunk))
            self._grown.set()
