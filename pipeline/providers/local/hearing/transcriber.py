"""A transcriber whose engine runs in a child process; what the engines differ in is a `TranscriberEngine`."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import Refused
from pipeline.providers._converse import converse
from pipeline.providers.local.english import english_only
from pipeline.providers.local.packages import require
from pipeline.providers.local.process.child import START_TIMEOUT, Child
from pipeline.providers.local.process.frames import Kind
from pipeline.providers.opened_ahead import OpenedAhead
from pipeline.speech import Finalize, Transcript, WordTime

KEEP_ALIVE = 3600.0
"""Seconds between messages: a pipe needs no keep-alive."""

UNANSWERED_AUDIO = 1.0
"""Seconds of audio from which an answer is overdue, as a Finalize is at once: engines give two to four a second."""

ANSWER_TIMEOUT = 10.0
"""Seconds that an overdue answer is waited for until the process counts as dead: it decodes many times faster than real
time, and a machine may be busy."""


@dataclass(frozen=True, slots=True)
class TranscriberEngine:
    """An engine for English, what it is called, and where it is."""

    provider: str
    """Its name in errors."""
    module: str
    """What the child process runs: see `transcriber_child`."""
    package: str
    """What has to be installed, as it is imported."""


class ChildTranscriber:
    """A `pipeline.ports.Transcriber`. A stream is one process and ends with it; `warm` starts the first one ahead."""

    start_timeout = START_TIMEOUT

    def __init__(self, engine: TranscriberEngine, language: str) -> None:
        self._engine, self._language = engine, language
        self._ahead = OpenedAhead(self._start)

    async def warm(self) -> None:
        """Start the process that the next stream begins with. Raises ProviderError."""
        await self._ahead.open()

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        """Recognize audio in one process. Closing the iterator ends it. Raises ProviderError when it dies."""
        async with self._ahead.stream():
            process = await self._ahead.take()
            async with aclosing(converse(self._engine.provider, process, audio, KEEP_ALIVE)) as transcripts:
                async for transcript in transcripts:
                    yield transcript

    async def aclose(self) -> None:
        """End the process started ahead, if no stream took it; streams end their own."""
        await self._ahead.close()

    async def _start(self) -> "_Process":
        provider = self._engine.provider
        if fault := english_only(self._language, "another transcriber (Deepgram, with DEEPGRAM_API_KEY)"):
            raise Refused(provider, fault)
        require(provider, self._engine.package)
        return _Process(await Child.start(provider, self._engine.module))


class _Process:
    """One process as a connection, and what has gone to it without an answer."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._now = asyncio.get_running_loop().time
        self.sent_at = self._now()
        self._unanswered_samples = 0
        self._overdue_at: float | None = None

    @property
    def is_fresh(self) -> bool:
        return self._child.is_alive

    @property
    def dead_at(self) -> float:
        return math.inf if self._overdue_at is None else self._overdue_at + ANSWER_TIMEOUT

    async def send(self, item: Pcm | Finalize) -> None:
        if isinstance(item, Finalize):
            self._child.order(Kind.FINALIZE)
        else:
            self._child.order(Kind.HEAR, item.astype("<i2", copy=False).tobytes())
            self._unanswered_samples += item.size
        self.sent_at = self._now()
        is_overdue = isinstance(item, Finalize) or self._unanswered_samples >= UNANSWERED_AUDIO * LISTEN_RATE
        if is_overdue and self._overdue_at is None:
            self._overdue_at = self.sent_at

    async def keep_alive(self) -> None:
        self.sent_at = self._now()

    async def finish(self) -> None:
        self._child.order(Kind.FINISH)

    async def receive(self) -> Transcript | None:
        kind, payload = await self._child.receive()
        self._unanswered_samples, self._overdue_at = 0, None
        if kind is Kind.FINISHED:
            return None
        fields = json.loads(payload)
        words = tuple(WordTime(*word) for word in fields.pop("words"))
        return Transcript(**fields, words=words)

    async def close(self) -> None:
        await self._child.close()
