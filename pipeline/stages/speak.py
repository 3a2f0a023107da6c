"""The mouth's first stage: one reply's text, as it is written, becomes audio in playout."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from pipeline.errors import ProviderError
from pipeline.ports import Speech, Synthesizer, WordTime
from pipeline.stages.playout import Playout
from pipeline.text.heard import Alignment
from pipeline.text.sentences import SentenceChunker
from pipeline.text.speakable import Speakable, SpeakableFilter

AHEAD = 8.0
"""Seconds of speech ahead of the playhead beyond which text waits: a cut wastes at most so much synthesis."""

AHEAD_CHECK = 0.1
"""Seconds between looks at how much is ahead."""

SECONDS_A_CHARACTER = 0.065
"""Of speech, about 15 characters a second, for text whose audio has not come yet."""


class SpokenReply:
    """One reply between its text and the room, and what of it was heard."""

    def __init__(self, reply_id: str, synthesizer: Synthesizer, playout: Playout) -> None:
        self.reply_id = reply_id
        self._synthesizer = synthesizer
        self._playout = playout
        self._rate = synthesizer.rate
        self._audio = playout.open(reply_id)
        self._alignment = Alignment()
        self._chunker = SentenceChunker()
        self._filter = SpeakableFilter()
        self._chunks: asyncio.Queue[Speakable | None] = asyncio.Queue()  # unbounded: text only, and one reply of it
        self._sent = 0  # characters given to the synthesizer

    def heard(self, played: int) -> str:
        """The written text that was heard when `played` samples of the reply were."""
        return self._alignment.heard(played / self._rate)

    @property
    def made(self) -> int:
        """Samples of audio so far."""
        return self._audio.end

    async def run(self, text: AsyncIterator[str]) -> ProviderError | None:
        """Speak a text as it comes; returns when all its audio is in playout, or with the provider's failure.

        A failure is returned, not raised, as what was made before it is still to be played: then, and when this is
        cancelled, the reply is complete with what there is.
        """
        failure: ProviderError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(text))
                await self._synthesize()
            self._alignment.finish()
        except* ProviderError as failures:
            failure = _first(failures)
        finally:
            self._audio.finish()
        return failure

    async def _read(self, text: AsyncIterator[str]) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.TimerHandle | None = None
        async for token in text:
            self._put(self._chunker.feed(token, loop.time()))
            if waiting is None and self._chunker.due_at is not None:
                waiting = loop.call_at(self._chunker.due_at, lambda: self._put(self._chunker.due(loop.time())))
        if waiting is not None:
            waiting.cancel()
        self._put(self._chunker.flush())
        self._chunks.put_nowait(None)

    def _put(self, chunks: list[str]) -> None:
        for chunk in chunks:
            self._chunks.put_nowait(self._filter.feed(chunk))

    async def _synthesize(self) -> None:
        if self._synthesizer.capabilities.word_times:
            async for piece in self._spoken(self._paced()):
                if isinstance(piece, WordTime):
                    self._alignment.add_word(piece)
                    self._audio.words.append(piece)
            return
        # Without word times, each chunk is a request of its own, so that at least its own place is known.
        async with aclosing(self._paced()) as chunks:
            async for chunk in chunks:
                start = self._audio.end
                async for _ in self._spoken(once(chunk)):
                    pass
                self._alignment.spread(start / self._rate, self._audio.end / self._rate)

    async def _spoken(self, chunks: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """What the synthesizer makes of the chunks; its audio has gone into playout."""
        pieces = self._synthesizer.speak(chunks)
        try:
            async for piece in pieces:
                if isinstance(piece, Speech):
                    self._audio.feed(piece.samples)
                yield piece
        finally:
            await pieces.aclose()

    async def _paced(self) -> AsyncGenerator[str, None]:
        """The chunks that can be spoken, none of them sooner than it is needed."""
        while (chunk := await self._chunks.get()) is not None:
            while self._ahead() > AHEAD:  # noqa: ASYNC110 - a playhead moves without events
                await asyncio.sleep(AHEAD_CHECK)
            self._alignment.add_chunk(chunk)
            self._sent += len(chunk.text)
            if chunk.text:
                yield chunk.text

    def _ahead(self) -> float:
        coming = max(self._audio.end / self._rate, self._sent * SECONDS_A_CHARACTER)
        return coming - self._playout.played(self.reply_id) / self._rate


def _first(failures: BaseExceptionGroup[ProviderError]) -> ProviderError:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure


async def once(text: str) -> AsyncIterator[str]:
    """A text that is there as a whole, as one that comes piece by piece."""
    yield text
