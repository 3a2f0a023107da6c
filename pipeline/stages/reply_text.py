"""The text of one reply on its way to the voice: tokens become speakable chunks, until there are too many."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable

from pipeline.clock import loop_time
from pipeline.closing import closing
from pipeline.errors import ProviderError
from pipeline.text.marks import ends_sentence
from pipeline.text.sentences import SentenceChunker
from pipeline.text.speakable import Speakable, SpeakableFilter
from pipeline.text.spoken.verbalizer import AS_WRITTEN, Verbalizer

_log = logging.getLogger(__name__)


class ReplyText:
    """Filled by `read`, emptied by `next`, at the same time."""

    def __init__(
        self,
        reply_id: str,
        max_characters: int,
        verbalizer: Verbalizer = AS_WRITTEN,
        to_read: str = "",
        on_first_chunk: Callable[[], None] = lambda: None,
    ) -> None:
        """`to_read` is to be said when all of the text is only to be read.

        `on_first_chunk` is called when the first chunk with words to say is there.
        """
        self._reply_id = reply_id
        self._max_characters = max_characters
        self.written = ""
        """All chunks so far, as written."""
        self.failure: ProviderError | None = None
        """Why the rest of the text is missing."""
        self._chunker = SentenceChunker()
        self._filter = SpeakableFilter()
        self._verbalize, self._to_read = verbalizer, to_read
        self._on_first_chunk = on_first_chunk
        self._is_spoken = False  # some of it
        self._is_to_read = False
        self._chunks: deque[Speakable] = deque()  # text only, and not more than `max_characters` by much
        self._is_read = False
        self._is_awaited = False
        self._due: asyncio.TimerHandle | None = None
        self._grown = asyncio.Event()

    @property
    def is_written(self) -> bool:
        """No more of it will come."""
        return self._is_read

    @property
    def is_spent(self) -> bool:
        """No chunk is left, and none will come."""
        return self._is_read and not self._chunks

    def begin(self) -> None:
        """Give the first chunk early from now on: someone waits for it. Until then chunks are whole clauses."""
        if not self._is_awaited:
            self._is_awaited = True
            if not self._is_read:
                self._feed("")

    async def next(self) -> Speakable | None:
        """Return the next chunk, as soon as there is one; None when it is spent."""
        while not self._chunks and not self._is_read:
            self._grown.clear()
            await self._grown.wait()
        return self._chunks.popleft() if self._chunks else None

    async def whole(self) -> None:
        """Return when all of it has come."""
        while not self._is_read:
            self._grown.clear()
            await self._grown.wait()

    async def read(self, tokens: AsyncGenerator[str | None, None]) -> None:
        """Take the text to its end, or to the end of the chunk that makes it too long, and close it.

        It ends with None, though its source may have more to do.

        A provider's failure ends the text, too. It is kept as `failure`, unless a whole sentence was written by then:
        such a text says something, and how its stream ends is of no interest to the person.
        """
        failure: ProviderError | None = None
        try:
            async with closing(tokens):
                async for token in tokens:
                    if token is None:
                        self._end(None)
                        continue
                    self._feed(token)
                    if self._is_full:
                        _log.warning(
                            "%s was ended after %d characters, as a reply may have only %d: ask for shorter answers",
                            self._reply_id,
                            len(self.written),
                            self._max_characters,
                        )
                        break
        except ProviderError as error:
            failure = error
        finally:
            self._rest()
        self._end(failure)

    def _rest(self) -> None:
        if self._due is not None:
            self._due.cancel()

    def _end(self, failure: ProviderError | None) -> None:
        """Note that the text is whole, or as far as it comes; what fails after that is of no interest."""
        self._rest()
        if self._is_read:
            return
        self._put(self._chunker.flush())
        if (rest := self._filter.flush()).written:
            self._add(rest)
        if failure is not None and ends_sentence(self.written) and not failure.ends_bot:
            _log.warning("%s; the text of %s was whole by then", failure, self._reply_id)
        else:
            self.failure = failure
        if self._is_to_read and not self._is_spoken and self._to_read and self.failure is None:
            self._chunks.append(Speakable(self._to_read, written="", ends=(0,) * (len(self._to_read) + 1)))
        self._is_read = True
        self._grown.set()

    @property
    def _is_full(self) -> bool:
        return len(self.written) > self._max_characters

    def _feed(self, token: str) -> None:
        self._put(self._chunker.feed(token, loop_time() if self._is_awaited else None))
        if self._due is None and self._chunker.due_at is not None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(self._chunker.due_at, lambda: self._put(self._chunker.due(loop.time())))

    def _put(self, chunks: list[str]) -> None:
        for chunk in chunks:
            if self._is_full:
                return
            self.written += chunk
            self._add(self._filter.feed(chunk))
            self._grown.set()

    def _add(self, chunk: Speakable) -> None:
        self._is_to_read |= bool(chunk.blocks)
        self._chunks.append(self._verbalize(chunk))
        if not self._is_spoken and any(map(str.isalnum, chunk.text)):
            self._is_spoken = True
            self._on_first_chunk()
