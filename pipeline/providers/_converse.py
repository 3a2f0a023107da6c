"""One connection of a transcriber, from its beginning to its end: audio goes in, transcripts come out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol

from pipeline.audio import Pcm
from pipeline.bridge import Outlet, bridge
from pipeline.clock import loop_time
from pipeline.errors import ProviderError, Unavailable
from pipeline.speech import Finalize, Transcript

TRANSCRIPT_LIMIT = 64
"""Transcripts that wait to be taken; when there are as many, the connection is not read."""


LAST_WORDS_DELAY = 5.0
"""Seconds from the end of the audio to the last transcript: many times what a transcriber takes."""


class StreamConnection(Protocol):
    """One connection to a transcriber; its methods raise ProviderErrors only."""

    @property
    def sent_at(self) -> float:
        """Loop time of the last message sent."""
        ...

    @property
    def dead_at(self) -> float:
        """Loop time from which it counts as dead, as things stand; `math.inf` while nothing suggests it."""
        ...

    async def send(self, item: Pcm | Finalize) -> None:
        """Send audio, shape (samples,) at LISTEN_RATE, or ask for an answer about all of it so far."""
        ...

    async def keep_alive(self) -> None:
        """Say that audio will go on."""
        ...

    async def finish(self) -> None:
        """Say that there is no more audio."""
        ...

    async def receive(self) -> Transcript | None:
        """The next answer, in seconds since the connection's first sample; None when it was closed after `finish`."""
        ...

    async def close(self) -> None:
        """Free it at once; never raises."""
        ...


async def converse(
    provider: str, connection: StreamConnection, audio: AsyncIterator[Pcm | Finalize], keep_alive: float
) -> AsyncGenerator[Transcript, None]:
    """Yield the transcripts of `audio`; a message is sent at least every `keep_alive` seconds.

    The connection is closed at the end. Raises ProviderError when it breaks or no longer answers.
    """

    async def work(outlet: Outlet[Transcript]) -> None:
        error: ProviderError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(_send(provider, connection, audio, keep_alive, group))
                while (transcript := await connection.receive()) is not None:
                    await outlet.put(transcript)
                sending.cancel()
        except* ProviderError as broken:
            error = next(failure for failure in broken.exceptions if isinstance(failure, ProviderError))
        finally:
            await connection.close()
        if error is not None:
            raise error

    async with aclosing(bridge(work, TRANSCRIPT_LIMIT)) as transcripts:
        async for transcript in transcripts:
            yield transcript


async def _send(
    provider: str,
    connection: StreamConnection,
    audio: AsyncIterator[Pcm | Finalize],
    keep_alive: float,
    group: asyncio.TaskGroup,
) -> None:
    while True:
        coming = group.create_task(_next(audio))  # not cancelled by a deadline: that would lose audio
        try:
            while not coming.done():
                due_at = min(connection.sent_at + keep_alive, connection.dead_at)
                await asyncio.wait({coming}, timeout=max(due_at - loop_time(), 0.0))
                if loop_time() >= connection.dead_at:
                    raise Unavailable(provider, "it has stopped answering")
                if not coming.done() and loop_time() >= connection.sent_at + keep_alive:
                    await connection.keep_alive()
        finally:
            coming.cancel()
        if (item := coming.result()) is None:
            break
        await connection.send(item)
    await connection.finish()
    await asyncio.sleep(LAST_WORDS_DELAY)
    raise Unavailable(provider, f"no last words within {LAST_WORDS_DELAY:g} s of the end of the audio")


async def _next(audio: AsyncIterator[Pcm | Finalize]) -> Pcm | Finalize | None:
    return await anext(audio, None)
