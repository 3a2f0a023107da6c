"""One stream of recognition over as many connections as it takes: sending, keep-alives, reconnecting and replaying.

It knows no wire: a provider gives it a `connect`, and each connection sends, receives and says when it is dead.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import ProviderError, Unavailable
from pipeline.ports import StreamLost, StreamRestored
from pipeline.providers.resend_buffer import KEPT_DURATION, ResendBuffer
from pipeline.speech import Finalize, Transcript

Heard = Transcript | StreamLost | StreamRestored

HEARD_LIMIT = 64
"""Transcripts that wait to be taken; when it is full the socket is not read, and the provider has to wait."""

FRUITLESS_LIMIT = 6
"""So many connections in a row that broke on the same audio, 6 s or so, are hardly the network's fault: it is left out,
as the bot would else be deaf for as long as the audio is kept."""

_log = logging.getLogger(__name__)


class StreamConnection(Protocol):
    """One connection to a transcriber; its methods raise ProviderErrors only."""

    @property
    def sent_at(self) -> float:
        """Loop time of the last message sent."""
        ...

    @property
    def dead_at(self) -> float:
        """Loop time from which it counts as dead, as things stand; `math.inf` while nothing speaks for it."""
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
        """The next answer, in the connection's own time; None when it was closed after `finish`."""
        ...

    async def close(self) -> None:
        """Free it at once; never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectTiming:
    """Delays in seconds."""

    keep_alive: float
    """Without audio until a keep-alive is sent."""
    end: float = 5.0
    """From the end of the audio to the last word, reconnects included."""
    backoff: float = 0.25
    """Before the second attempt to reconnect, doubling with each; the first one is made at once."""
    longest_backoff: float = 5.0
    """The cap: somebody is waiting in a conversation."""
    settled: float = 5.0
    """A connection that lasted so long was a good one: attempts are counted anew."""


def backoff_delay(attempt: int, timing: ReconnectTiming, jitter: float) -> float:
    """Seconds before reconnecting, `attempt` counted from 0; `jitter` in [0, 1) spreads bots that lost one server."""
    if attempt == 0:
        return 0.0
    doubled = timing.backoff * 2.0 ** min(attempt - 1, 32)
    return min(doubled, timing.longest_backoff) * (0.5 + 0.5 * jitter)


class ReconnectingStream:
    """Takes audio, keeps a connection, and puts what was heard into a queue."""

    def __init__(
        self, provider: str, connect: Callable[[], Awaitable[StreamConnection]], timing: ReconnectTiming
    ) -> None:
        self._provider, self._connect, self._timing = provider, connect, timing
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue(HEARD_LIMIT)
        self._replay = ResendBuffer()
        self._more = asyncio.Event()  # audio was added, or has ended
        self._audio_ended = False
        self._lost = False
        self._opened_at = 0.0
        self._fruitless = 0  # connections in a row that broke before their audio was understood
        self._error: Exception | None = None

    async def transcripts(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Heard, None]:
        """What is heard in `audio`, as `Transcriber.transcribe` says. Nothing is left running once it is closed."""
        closed = False
        # The one task never raises: a group would throw its error into whoever holds the iterator at that moment.
        async with asyncio.TaskGroup() as group:
            run = group.create_task(self._run(audio))
            try:
                while (heard := await self._heard.get()) is not None:
                    yield heard
            except GeneratorExit:
                closed = True  # the group would wrap it
            finally:
                run.cancel()
        if self._error is not None and not closed:
            raise self._error

    async def _run(self, audio: AsyncIterator[Pcm | Finalize]) -> None:
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                taking = group.create_task(self._take(audio, limit))
                self._error = await self._keep_connected()
                taking.cancel()
        except TimeoutError:
            _log.warning("%s: no last words within %.0f s of the last audio", self._provider, self._timing.end)
        except Exception as error:  # noqa: BLE001 - the iterator raises it
            self._error = error
        await self._heard.put(None)

    async def _take(self, audio: AsyncIterator[Pcm | Finalize], limit: asyncio.Timeout) -> None:
        async for item in audio:
            self._replay.add(item)
            self._more.set()
        self._audio_ended = True
        self._more.set()
        limit.reschedule(asyncio.get_running_loop().time() + self._timing.end)

    async def _keep_connected(self) -> ProviderError | None:
        """Until all is heard; returns the error after which it is no use to go on."""
        attempt = 0
        while (error := await self._converse()) is not None:
            if not error.retryable:
                return error
            if not self._lost:
                self._lost = True
                await self._heard.put(StreamLost(error))
            if self._fruitless == FRUITLESS_LIMIT:
                await self._give_up()
                attempt = 0
            elif self._has_settled():
                attempt = 0
            _log.debug("attempt %d to reconnect: %s", attempt + 1, error)
            await asyncio.sleep(backoff_delay(attempt, self._timing, random.random()))
            attempt += 1
        return None

    async def _converse(self) -> ProviderError | None:
        """One connection from its beginning to its end; returns what broke it."""
        self._opened_at = asyncio.get_running_loop().time()
        try:
            connection = await self._connect()
        except ProviderError as refused:
            return refused
        error: ProviderError | None = None
        try:
            if self._lost:
                self._lost = False
                await self._heard.put(StreamRestored())
            self._rewind()
            began_at = self._replay.undecided_from
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(self._send(connection))
                await self._receive(connection)
                sending.cancel()
        except* ProviderError as broken:
            error = next(e for e in broken.exceptions if isinstance(e, ProviderError))
            has_advanced = self._replay.undecided_from > began_at
            self._fruitless = 0 if has_advanced or self._has_settled() else self._fruitless + 1
        finally:
            await connection.close()
        return error

    def _has_settled(self) -> bool:
        return asyncio.get_running_loop().time() - self._opened_at > self._timing.settled

    async def _give_up(self) -> None:
        self._fruitless = 0
        understood = self._replay.give_up()
        _log.warning(
            "%s: %d connections in a row broke on the same audio, which is left out", self._provider, FRUITLESS_LIMIT
        )
        if understood is not None:
            await self._heard.put(understood)

    def _rewind(self) -> None:
        self._replay.rewind()
        if samples := self._replay.lost_samples:
            seconds = samples / LISTEN_RATE
            _log.warning("%.1f s of audio were lost: of a longer outage only %.0f s are kept", seconds, KEPT_DURATION)
            self._replay.lost_samples = 0

    async def _send(self, connection: StreamConnection) -> None:
        now = asyncio.get_running_loop().time
        while True:
            if now() >= connection.dead_at:
                raise Unavailable(self._provider, "it has stopped answering: the connection is made anew")
            if (item := self._replay.next()) is not None:
                await connection.send(item)
                await asyncio.sleep(0)  # sending need not suspend, and a replay is thousands of messages
            elif self._audio_ended:
                await connection.finish()
                return
            else:
                self._more.clear()
                keep_alive_at = connection.sent_at + self._timing.keep_alive
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(min(keep_alive_at, connection.dead_at)):
                        await self._more.wait()
                if now() >= keep_alive_at:
                    await connection.keep_alive()

    async def _receive(self, connection: StreamConnection) -> None:
        while (answer := await connection.receive()) is not None:
            if (new := self._replay.accept(answer)) is not None:
                await self._heard.put(new)
