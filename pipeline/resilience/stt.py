"""A transcriber that is connected again: one stream of recognition over as many attempts as it takes."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.bridge import Outlet, bridge
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.ports import StreamLost, StreamRestored, Transcriber
from pipeline.resilience.availability import Availability
from pipeline.resilience.backoff import backoff_delay, patient_delay
from pipeline.resilience.chain import ATTEMPTS, Attempts, Chain, chain_of, retry_delay
from pipeline.resilience.resend_buffer import KEPT_DURATION, ResendBuffer
from pipeline.resilience.stream_limit import StreamLimit
from pipeline.speech import Finalize, Transcript

Answer = Transcript | StreamLost | StreamRestored

ANSWER_LIMIT = 64
"""Answers that wait to be taken; when there are as many the transcriber is not read, and has to wait."""

FRUITLESS_LIMIT = 6
"""Attempts in a row that broke on the same audio, 6 s or so. That is hardly the network's fault: the audio is left out,
as the bot would otherwise be deaf for as long as it is kept."""

CONNECT_TIMEOUT_IN_CHAIN = 3.0
"""Seconds from the beginning of an attempt until it takes audio, where there is another transcriber to ask."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectTiming:
    """Delays in seconds."""

    connect: float = 8.0
    """From the beginning of an attempt until it takes audio; and until the first one ever has succeeded. More for a
    transcriber that has a `start_timeout`."""
    end: float = 5.0
    """From the end of the audio to the last word, further attempts included."""
    backoff: float = 0.25
    """Before the second attempt, doubled with each; the first one is made at once."""
    settled: float = 5.0
    """An attempt that lasted so long was a good one: attempts are counted anew."""
    is_patient: bool = False
    """One that refuses, or was waited for in vain, is given up and connected all the same when it is back."""


class ReconnectingTranscriber:
    """A `pipeline.ports.Transcriber` around another one or a chain of them, for the life of a session.

    One that breaks, or says nothing while somebody speaks, is connected again, or another one takes over. Audio is kept
    while there is no connection, and what has no final words yet is sent again, so that none is lost or comes twice.
    The wrapped transcriber counts time from the first audio of each attempt, and takes audio only when it is connected.
    """

    def __init__(
        self, transcriber: Transcriber, availability: Availability, timing: ReconnectTiming = ReconnectTiming()
    ) -> None:
        patience = max(timing.connect, getattr(transcriber, "start_timeout", 0.0))
        self._transcriber, self._availability = transcriber, availability
        self._timing = replace(timing, connect=patience)

    async def warm(self) -> None:
        """Warm the transcriber."""
        await self._transcriber.warm()

    async def aclose(self) -> None:
        """Close the transcriber."""
        await self._transcriber.aclose()

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Answer, None]:
        """Recognize audio as it comes, over all connections.

        Without patience it raises a ProviderError that is not retryable, and OutOfReach when the transcriber is away
        for too long.
        """
        stream = _Stream(chain_of(self._transcriber), audio, self._availability, self._timing)
        async with aclosing(bridge(stream.run, ANSWER_LIMIT)) as answers:
            async for answer in answers:
                yield answer


class _Stream:
    def __init__(
        self,
        chain: Chain[Transcriber],
        audio: AsyncIterator[Pcm | Finalize],
        availability: Availability,
        timing: ReconnectTiming,
    ) -> None:
        self._audio, self._availability, self._timing = audio, availability, timing
        self._chain, self._given_up = chain, 0
        self._attempts = Attempts(chain, availability.repeated)
        self._link = self._attempts.begin()
        self._limit = StreamLimit(CONNECT_TIMEOUT_IN_CHAIN if len(chain.links) > 1 else timing.connect)
        self._buffer = ResendBuffer()
        self._grown = asyncio.Event()  # audio was added, or has ended
        self._has_audio_ended = False
        self._is_lost = False
        self._opened_at: float | None = None  # loop time at which this attempt took its first audio...
        self._decided_before = 0  # ...and the samples that were final by then
        self._fruitless = 0  # attempts in a row that broke before their audio was understood

    async def run(self, outlet: Outlet[Answer]) -> None:
        self._put = outlet.put
        self._began_at = loop_time()
        error: ProviderError | None = None
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                taking = group.create_task(self._take(limit))
                error = await self._keep_connected()
                taking.cancel()
        except TimeoutError:
            _log.warning("no last words came within %.0f s of the last audio", self._timing.end)
        if error is not None:
            raise error

    async def _take(self, limit: asyncio.Timeout) -> None:
        async for item in self._audio:
            self._buffer.add(item)
            self._grown.set()
            self._limit.sent(item, getattr(self._audio, "speech_samples", 0))
        self._has_audio_ended = True
        self._grown.set()
        limit.reschedule(loop_time() + self._timing.end)

    async def _keep_connected(self) -> ProviderError | None:
        """Make attempts until all is heard; returns the error after which another one is useless."""
        attempt = 0
        while (error := await self._attempt()) is not None:
            self._attempts.failed(self._link, error, ATTEMPTS if self._limit.has_passed else 1)
            if not self._attempts.is_useless:
                self._availability.failed(error)
                await self._report_lost(error)
                if self._fruitless == FRUITLESS_LIMIT:
                    await self._give_up_on_audio()
                    attempt = 0
                elif self._has_settled:
                    attempt = 0
                delay = self._next_delay(error, attempt)
                if loop_time() + delay < self._give_up_at:
                    await asyncio.sleep(delay)
                    attempt += 1
                    continue
                error = self._availability.out_of_reach(error)
            if self._has_audio_ended or not self._timing.is_patient:
                return error
            await self._be_patient(error)
            attempt = 0
        return None

    def _next_delay(self, error: ProviderError, attempt: int) -> float:
        """Choose whom to ask next; return the seconds until then."""
        before, self._link = self._link, self._attempts.begin()
        if self._link is not before and not self._attempts.failures_of(self._link):
            return 0.0
        return retry_delay(error, backoff_delay(attempt, random.random(), first=self._timing.backoff))

    async def _report_lost(self, error: ProviderError) -> None:
        if not self._is_lost:
            self._is_lost = True
            await self._put(StreamLost(error))

    async def _be_patient(self, error: ProviderError) -> None:
        """Give the transcriber up; return after a while, when another attempt is to be made all the same."""
        self._availability.give_up(error)
        await self._report_lost(error)
        await asyncio.sleep(patient_delay(self._given_up, random.random()))
        self._given_up += 1
        self._attempts = Attempts(self._chain, self._availability.repeated)
        self._link = self._attempts.begin()

    async def _attempt(self) -> ProviderError | None:
        """Make one attempt, from its connection to its end; returns what broke it."""
        self._opened_at = None
        try:
            attempt = self._link.provider.transcribe(_Resent(self))
            async with self._limit.begin(self._link.provider) as limit, aclosing(attempt) as answers:
                async for answer in answers:
                    await self._pass_on(answer)
        except TimeoutError:
            if not limit.expired():
                raise
            error: ProviderError = self._limit.passed()
        except ProviderError as failure:
            error = failure
        else:
            if not self._has_audio_ended:
                raise RuntimeError(f"{self._link.name} ended before its audio did; the bot would be deaf")
            return None
        if self._opened_at is not None:
            has_advanced = self._buffer.undecided_from > self._decided_before
            self._fruitless = 0 if has_advanced or self._has_settled else self._fruitless + 1
        return error

    async def _pass_on(self, answer: Answer) -> None:
        match answer:
            case Transcript():
                self._limit.answered(answer)
                if answer.text:
                    self._attempts.worked(self._link)
                if (new := self._buffer.accept(answer)) is not None:
                    await self._put(new)
                return
            case StreamLost(error):
                self._availability.failed(error)
            case StreamRestored():
                self._availability.worked()
        await self._put(answer)  # also what is no answer: the listener reports it

    async def next_item(self) -> Pcm | Finalize:
        """Return what the attempt is to send next."""
        if self._opened_at is None:
            await self._connected()
        await asyncio.sleep(0)  # sending need not suspend, and there may be thousands of pieces to send again
        while (item := self._buffer.next()) is None:
            if self._has_audio_ended:
                raise StopAsyncIteration
            self._grown.clear()
            await self._grown.wait()
        return item

    async def _connected(self) -> None:
        self._opened_at = loop_time()
        self._limit.opened()
        self._buffer.rewind()
        self._decided_before = self._buffer.undecided_from
        lost, self._buffer.lost_samples = self._buffer.lost_samples, 0
        kept = f"{self._buffer.unsent_samples / LISTEN_RATE:.1f} s of audio were kept for it"
        if lost:
            kept += f", {lost / LISTEN_RATE:.1f} s before them are lost: of an outage {KEPT_DURATION:.0f} s are kept"
        self._availability.worked(kept)
        if self._is_lost:
            self._is_lost = False
            await self._put(StreamRestored())

    async def _give_up_on_audio(self) -> None:
        self._fruitless = 0
        understood = self._buffer.give_up()
        _log.warning("%d connections in a row broke on the same audio, which is left out", FRUITLESS_LIMIT)
        if understood is not None:
            await self._put(understood)

    @property
    def _has_settled(self) -> bool:
        return self._opened_at is not None and loop_time() - self._opened_at > self._timing.settled

    @property
    def _give_up_at(self) -> float:
        if self._availability.has_worked:
            return self._availability.give_up_at
        return self._began_at + self._timing.connect


class _Resent:
    """The audio of one attempt."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def __aiter__(self) -> "_Resent":
        return self

    async def __anext__(self) -> Pcm | Finalize:
        return await self._stream.next_item()
