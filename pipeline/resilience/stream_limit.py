"""How long one attempt of a transcriber may take until it takes audio, and then until it answers what was said."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.clock import loop_time
from pipeline.errors import Unavailable
from pipeline.resilience.silence_watch import SilenceWatch
from pipeline.speech import Finalize, Transcript


class StreamLimit:
    """The limit of the attempts of one stream, one after the other."""

    def __init__(self, connect_timeout: float) -> None:
        """`connect_timeout`: seconds from the beginning of an attempt until it takes audio."""
        self._connect_timeout = connect_timeout
        self._watch = SilenceWatch()
        self._speech_samples = 0
        self._is_remote, self._is_open, self._has_opened = True, False, False
        self._timeout = asyncio.timeout(None)
        self.has_passed = False
        """Whether the latest attempt took too long: another one would take as long."""

    @asynccontextmanager
    async def begin(self, transcriber: object) -> AsyncIterator[asyncio.Timeout]:
        """Give the timeout of a new attempt. One that loads data of its own may be slow, and is not hung."""
        self._is_remote = not getattr(transcriber, "start_timeout", 0.0)
        self._is_open = self._has_opened = self.has_passed = False
        async with asyncio.timeout(self._connect_timeout) as self._timeout:
            try:
                yield self._timeout
            finally:
                self._is_open = False  # speech goes on to come until the next attempt

    def opened(self) -> None:
        """Note that the attempt takes audio."""
        self._is_open = self._has_opened = True
        self._watch.reconnected(loop_time())
        self._set()

    def sent(self, item: Pcm | Finalize, speech_samples: int) -> None:
        """Note what comes next in the stream; speech was detected in so many samples of all of it."""
        now = loop_time()
        if isinstance(item, Finalize):
            self._watch.asked(now)
        elif speech_samples > self._speech_samples:
            self._watch.speech(now, (speech_samples - self._speech_samples) / LISTEN_RATE)
            self._speech_samples = speech_samples
        else:
            return
        self._set()

    def answered(self, answer: Transcript) -> None:
        """Note an answer."""
        self._watch.answered(loop_time(), has_text=bool(answer.text), is_final=answer.is_final)
        self._set()

    def passed(self) -> Unavailable:
        """Note that an attempt took too long; returns what is wrong with it."""
        self.has_passed = True
        if not self._has_opened:
            return Unavailable("the transcriber", f"it took no audio within {self._connect_timeout:g} s")
        self._watch.failed()
        return Unavailable("the transcriber", "it says nothing while somebody speaks")

    def _set(self) -> None:
        if self._is_open and not self._timeout.expired():
            deadline = self._watch.deadline if self._is_remote else math.inf
            self._timeout.reschedule(deadline if deadline < math.inf else None)
