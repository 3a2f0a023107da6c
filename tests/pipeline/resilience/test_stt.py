"""A transcriber that is connected again: what is kept, what is said about it, and when it is given up."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.clock import loop_time
from pipeline.errors import OutOfReach, Refused, Unavailable
from pipeline.ports import StreamLost, StreamRestored
from pipeline.resilience.availability import Availability
from pipeline.resilience.resend_buffer import KEPT_DURATION
from pipeline.resilience.stt import Answer, ReconnectingTranscriber
from pipeline.speech import Finalize, Transcript, WordTime
from pipeline.testing.virtual_loop import virtual_time


class Counting:
    """Hears one word in each second of audio; away between two times."""

    def __init__(self, away_from: float = float("inf"), away_until: float = float("inf")) -> None:
        self.away = away_from, away_until
        self.attempts = 0
        self.error: Exception = Unavailable("Vendor", "the connection broke")

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    def _check(self) -> None:
        if self.away[0] <= loop_time() < self.away[1]:
            raise self.error

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        self.attempts += 1
        self._check()
        heard = 0
        async for item in audio:
            self._check()
            if isinstance(item, Finalize):
                continue
            heard += len(item)
            while heard >= LISTEN_RATE:
                heard -= LISTEN_RATE
                second = self._second
                self._second += 1
                word = WordTime("word", second + 0.1, second + 0.9)
                yield Transcript("word", is_final=True, start=float(second), end=second + 1.0, words=(word,))

    _second = 0


async def microphone(duration: float) -> AsyncIterator[Pcm | Finalize]:
    for _ in range(round(duration * LISTEN_RATE / LISTEN_WINDOW)):
        await asyncio.sleep(LISTEN_WINDOW / LISTEN_RATE)
        yield silence(LISTEN_WINDOW)


async def heard_by(transcriber: Counting, duration: float) -> list[Answer]:
    again = ReconnectingTranscriber(transcriber, Availability("transcriber", KEPT_DURATION))
    return [answer async for answer in again.transcribe(microphone(duration))]


@virtual_time
async def test_the_log_says_how_long_it_was_away_and_how_much_was_kept(caplog: pytest.LogCaptureFixture) -> None:
    began_at = loop_time()
    answers = await heard_by(Counting(began_at + 10.0, began_at + 35.0), 50.0)
    assert [type(answer) for answer in answers if not isinstance(answer, Transcript)] == [StreamLost, StreamRestored]
    lost, back = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lost == "the transcriber is lost: Vendor: the connection broke"
    assert "the transcriber is back after 2" in back
    kept = float(back.rsplit("; ", 1)[1].split()[0])
    assert 25.0 < kept < 30.0, "all of the outage, and the end of what came before it"


@virtual_time
async def test_it_is_given_up_when_more_would_be_lost_than_is_kept() -> None:
    began_at = loop_time()
    with pytest.raises(OutOfReach, match="the transcriber was away for"):
        await heard_by(Counting(began_at + 10.0), 300.0)
    assert 10.0 + KEPT_DURATION - 3.0 <= loop_time() - began_at <= 10.0 + KEPT_DURATION + 1.0


@virtual_time
async def test_a_refusal_is_not_asked_again() -> None:
    transcriber = Counting(0.0)
    transcriber.error = Refused("Vendor", "the key was refused")
    with pytest.raises(Refused):
        await heard_by(transcriber, 10.0)
    assert transcriber.attempts == 1


@virtual_time
async def test_one_that_ends_before_its_audio_is_a_bug() -> None:
    class Brief(Counting):
        async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
            async for _ in audio:
                return
            yield Transcript("", is_final=True, start=0.0, end=0.0)

    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="Brief ended before its audio did")):
        await heard_by(Brief(), 10.0)


class Loading(Counting):
    """Takes its first audio after 20 s, as a local engine on a busy machine may, and says so."""

    start_timeout = 30.0

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        await asyncio.sleep(20.0)
        async for transcript in super().transcribe(audio):
            yield transcript


@virtual_time
async def test_one_that_takes_long_to_load_is_waited_for_as_long_as_it_asks() -> None:
    transcriber = Loading()
    answers = await heard_by(transcriber, 25.5)
    assert [type(answer) for answer in answers] == [Transcript] * 25
    assert transcriber.attempts == 1


class Talk:
    """A microphone in front of somebody who speaks without a pause."""

    def __init__(self, duration: float) -> None:
        self._windows = microphone(duration)
        self.speech_samples = 0

    def __aiter__(self) -> "Talk":
        return self

    async def __anext__(self) -> Pcm | Finalize:
        item = await anext(self._windows)
        self.speech_samples += LISTEN_WINDOW
        return item


class Brittle(Counting):
    """Breaks behind the first audio that it takes."""

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        self.attempts += 1
        async for item in audio:
            self._check()
            if isinstance(item, Finalize):
                yield Transcript("", is_final=True, start=0.0, end=0.0)


@virtual_time
async def test_speech_that_comes_between_two_attempts_breaks_nothing() -> None:
    transcriber = Brittle(loop_time() + 1.0, loop_time() + 4.0)
    again = ReconnectingTranscriber(transcriber, Availability("transcriber", KEPT_DURATION))
    answers = [answer async for answer in again.transcribe(Talk(5.0))]
    assert transcriber.attempts > 3
    assert {type(answer) for answer in answers} == {StreamLost, StreamRestored}
