"""Deepgram's SDK against the simulator: turns, pauses, and each fault with its outcome."""

import asyncio
import logging
import socket
import statistics
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.clock import loop_time
from pipeline.errors import Refused, Unavailable
from pipeline.ports import StreamLost, StreamRestored, Transcriber
from pipeline.providers.deepgram import DeepgramTiming, DeepgramTranscriber
from pipeline.resilience.availability import Availability
from pipeline.resilience.stt import FRUITLESS_LIMIT, ReconnectingTranscriber, ReconnectTiming
from pipeline.speech import Finalize, Transcript
from tests.support.providers.deepgram import (
    Choke,
    Close,
    DeepgramSimulator,
    Drop,
    Duplicate,
    Fault,
    LoseFinalize,
    Say,
    Stall,
    Status,
)
from tests.support.providers.profile import CLOUD, FIXED, Profile
from tests.support.tone_code import SPOKEN, spoken
from tests.support.waiting import WAIT_LIMIT, until

SENTENCE = ["Hello", "there,", "how", "are", "you", "today?"]
TURNS = ["I would like a table", "for two people", "at eight", "tomorrow evening", "near the window"]
VOCABULARY = sorted({word for text in [*TURNS, *SENTENCE] for word in text.split()})
PACE = 16.0
"""Seconds of audio spoken in a second."""
PATIENT = DeepgramTiming(answer=20.0, unanswered_audio=0.5, connect=20.0, send=20.0, warm=60.0)
"""Deadlines that only a fault reaches, however busy the machine is."""

QUICK = replace(PATIENT, answer=0.4)
"""For connections that stop answering; on a busy machine one that answers may count as dead, too."""

SOON = ReconnectTiming(backoff=0.05, end=20.0, connect=20.0)


def simulator(*faults: Fault, profile: Profile = FIXED, **settings: Any) -> DeepgramSimulator:
    return DeepgramSimulator(vocabulary=VOCABULARY, band=SPOKEN, profile=profile, faults=faults, **settings)


def transcriber(
    sim: DeepgramSimulator, timing: DeepgramTiming = PATIENT, again: ReconnectTiming = SOON
) -> ReconnectingTranscriber:
    """As a session has it."""
    provider = DeepgramTranscriber(api_key=sim.api_key, base_url=sim.url, timing=timing)
    return ReconnectingTranscriber(provider, Availability("transcriber"), again)


class Ear:
    """One stream: speaks into it, and holds what was heard."""

    def __init__(self) -> None:
        self.heard: list[Transcript | StreamLost | StreamRestored] = []
        self.said: list[tuple[str, float, float]] = []
        self.error: Exception | None = None
        self._audio: asyncio.Queue[Pcm | Finalize | None] = asyncio.Queue()
        self._samples = 0
        self.pauses: list[float] = []
        """Seconds between two bursts of audio, as they really were."""

    async def say(self, words: Iterable[str]) -> None:
        """Speak, and be silent for 250 ms after it."""
        pcm, times = spoken(list(words), LISTEN_RATE)
        at = self._samples / LISTEN_RATE
        self.said += [(word.text, word.start + at, word.end + at) for word in times]
        await self.play(np.concatenate([pcm, silence(LISTEN_RATE // 4)]))

    async def play(self, pcm: Pcm, pace: float = PACE) -> None:
        for start in range(0, len(pcm), LISTEN_WINDOW):
            window = pcm[start : start + LISTEN_WINDOW]
            self._samples += len(window)
            self._audio.put_nowait(window)
            if start // LISTEN_WINDOW % 4 == 3:
                paused_at = loop_time()
                await asyncio.sleep(4 * LISTEN_WINDOW / LISTEN_RATE / pace)
                self.pauses.append(loop_time() - paused_at)

    def finalize(self) -> None:
        self._audio.put_nowait(Finalize())

    def end(self) -> None:
        self._audio.put_nowait(None)

    async def turn(self, words: Iterable[str]) -> None:
        """Speak, and wait for the answer to the Finalize after it."""
        answers = len(self.answers)
        await self.say(words)
        self.finalize()
        await until(lambda: len(self.answers) > answers)

    @property
    def transcripts(self) -> list[Transcript]:
        return [heard for heard in self.heard if isinstance(heard, Transcript)]

    @property
    def answers(self) -> list[Transcript]:
        return [heard for heard in self.transcripts if heard.answers_finalize]

    @property
    def words(self) -> list[tuple[str, float, float]]:
        finals = [heard for heard in self.transcripts if heard.is_final]
        return [(word.text, word.start, word.end) for final in finals for word in final.words]

    @property
    def breaks(self) -> list[type]:
        """Lost and back, in order."""
        return [type(heard) for heard in self.heard if not isinstance(heard, Transcript)]

    def assert_nothing_lost_or_doubled(self) -> None:
        assert [word for word, _, _ in self.words] == [word for word, _, _ in self.said]
        for (_, start, end), (_, said_start, said_end) in zip(self.words, self.said, strict=True):
            assert abs(start - said_start) < 0.03
            assert abs(end - said_end) < 0.03

    async def source(self) -> AsyncIterator[Pcm | Finalize]:
        while (item := await self._audio.get()) is not None:
            yield item

    async def listen(self, transcriber: Transcriber) -> None:
        try:
            async for heard in transcriber.transcribe(self.source()):
                self.heard.append(heard)
        except Exception as error:  # noqa: BLE001 - the tests look at it
            self.error = error


@asynccontextmanager
async def listening(transcriber: Transcriber) -> AsyncIterator[Ear]:
    """A stream that ends with the block; all is heard after it."""
    ear = Ear()
    async with asyncio.TaskGroup() as group:
        group.create_task(ear.listen(transcriber))
        yield ear
        ear.end()


async def test_ten_turns_open_one_connection() -> None:
    async with simulator(prefix="/some/path") as sim:
        provider = transcriber(sim)
        await provider.warm()
        await provider.warm()
        async with listening(provider) as ear:
            for _ in range(2):
                for text in TURNS:
                    await ear.turn(text.split())
                    assert sim.connections == 1
            await provider.warm()
        await provider.aclose()
        assert sim.connections == 1
    ear.assert_nothing_lost_or_doubled()
    assert ear.breaks == []
    assert len(ear.answers) == 10


async def test_interims_come_before_their_final_and_have_its_times() -> None:
    async with simulator() as sim, listening(transcriber(sim)) as ear:
        await ear.turn(SENTENCE)
    interims = [heard for heard in ear.transcripts if not heard.is_final and heard.text]
    assert len(interims) >= 4
    assert all(SENTENCE[: len(interim.words)] == [word.text for word in interim.words] for interim in interims)


async def test_a_pause_keeps_the_connection_alive() -> None:
    """Deepgram closes after ten seconds without any."""
    async with simulator() as sim:
        began_at = loop_time()
        async with listening(transcriber(sim, replace(PATIENT, keep_alive=0.15))) as ear:
            await ear.turn(TURNS[0].split())
            await until(lambda: len(sim.received("KeepAlive")) >= 4)
            await ear.turn(TURNS[1].split())
        assert len(sim.received("KeepAlive")) <= (loop_time() - began_at) / 0.15
        assert sim.connections == 1
    ear.assert_nothing_lost_or_doubled()


async def test_no_keep_alive_while_audio_flows() -> None:
    """It flows but for the moments in which the machine stands still."""
    async with simulator() as sim, listening(transcriber(sim, replace(PATIENT, keep_alive=0.2))) as ear:
        for text in TURNS[:2]:
            await ear.say(text.split())
    assert len(sim.received("KeepAlive")) <= sum(pause // 0.1 for pause in ear.pauses)


async def test_without_keep_alive_deepgram_says_why_it_closes() -> None:
    async with simulator(idle_timeout=0.2) as sim, listening(transcriber(sim)) as ear:
        await ear.turn(TURNS[0].split())
        await until(lambda: StreamRestored in ear.breaks)
    losses = [heard for heard in ear.heard if isinstance(heard, StreamLost)]  # a busy machine may idle once more
    assert "NET-0001" in str(losses[0].error)


async def test_a_connection_opened_ahead_too_long_ago_is_replaced() -> None:
    async with simulator() as sim:
        provider = transcriber(sim, replace(PATIENT, warm=0.2))
        await provider.warm()
        await asyncio.sleep(0.4)
        async with listening(provider) as ear:
            await ear.turn(TURNS[0].split())
        assert sim.connections == 2
    assert ear.breaks == []


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (Drop(1, after=0.9), "network"),
        (Close(1, after=0.9, code=1011, reason="NET-0000"), "1011 NET-0000"),
        (Close(1, after=0.9, code=1000, reason=""), "closed"),
        (Stall(1, after=0.9), "stopped answering"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
async def test_a_connection_lost_in_mid_sentence_loses_no_word(fault: Fault, advice: str) -> None:
    is_stall = isinstance(fault, Stall)
    async with simulator(fault) as sim:
        async with listening(transcriber(sim, QUICK if is_stall else PATIENT)) as ear:
            await ear.turn(SENTENCE)
            await ear.turn(TURNS[0].split())
        assert sim.connections == 2 or (is_stall and sim.connections > 2)
    ear.assert_nothing_lost_or_doubled()
    assert ear.breaks == [StreamLost, StreamRestored] * (sim.connections - 1)
    lost, *_ = [heard for heard in ear.heard if isinstance(heard, StreamLost)]
    assert advice in str(lost.error)


async def test_lost_again_and_again_loses_no_word() -> None:
    drops: list[Fault] = [
        Drop(1, after=1.5),
        Drop(2, after=0.2),
        Drop(3, after=0.7),
        Stall(4, after=1.0),
        Drop(5, after=1.0),
    ]
    async with simulator(*drops) as sim:
        async with listening(transcriber(sim, QUICK)) as ear:
            for text in TURNS:
                await ear.say(text.split())
                ear.finalize()
            await until(lambda: len(ear.words) == len(ear.said))
        assert sim.connections >= 6
    ear.assert_nothing_lost_or_doubled()


async def test_audio_that_breaks_every_connection_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Replayed for as long as it is kept, it would make the bot deaf for a minute."""
    async with simulator(Choke("people")) as sim:
        async with listening(transcriber(sim)) as ear:
            await ear.turn(TURNS[0].split())
            await ear.say(TURNS[1].split())
            await until(lambda: sim.connections == 2 + FRUITLESS_LIMIT)
            for text in TURNS[2:]:
                await ear.turn(text.split())
        assert sim.connections == 2 + FRUITLESS_LIMIT
    heard = [word for word, _, _ in ear.words]
    assert heard in (
        [word for text in [TURNS[0], *understood, *TURNS[2:]] for word in text.split()]
        for understood in ([], ["for"], ["for two"])
    )
    assert caplog.text.count("left out") == 1


async def test_words_said_during_an_outage_are_heard_after_it() -> None:
    async with simulator() as sim, listening(transcriber(sim)) as ear:
        await ear.turn(TURNS[0].split())
        await ear.say(TURNS[1].split())
        async with sim.outage():
            for text in TURNS[2:]:
                await ear.say(text.split())
        ear.finalize()
        await until(lambda: len(ear.answers) == 2)
    ear.assert_nothing_lost_or_doubled()
    assert ear.breaks == [StreamLost, StreamRestored], "once, however many attempts"


async def test_a_pending_finalize_is_sent_again() -> None:
    async with simulator(LoseFinalize(1, number=1)) as sim:  # so that no answer comes before the outage
        async with listening(transcriber(sim)) as ear:
            await ear.say(SENTENCE)
            ear.finalize()
            await until(lambda: bool(sim.received("Finalize")))
            async with sim.outage():
                pass
            await until(lambda: bool(ear.answers))
        assert len(sim.received("Finalize")) == 2
    ear.assert_nothing_lost_or_doubled()


async def test_a_lost_finalize_stays_unanswered_and_its_words_come_with_the_next() -> None:
    async with simulator(LoseFinalize(1, number=1)) as sim:
        async with listening(transcriber(sim)) as ear:
            await ear.say(SENTENCE)
            ear.finalize()
            await ear.play(silence(2 * LISTEN_RATE))
            assert ear.answers == []
            await ear.turn(TURNS[0].split())
        assert sim.connections == 1, "silence is answered, so the connection is alive"
    ear.assert_nothing_lost_or_doubled()


async def test_messages_that_make_no_sense_are_skipped() -> None:
    texts = [
        "no JSON",
        "[]",
        '{"type": "Tomorrow"}',
        '{"type": "Results", "channel": null}',
        '{"type": "Results", "start": 0, "duration": 1e999, "is_final": true, "channel": {"alternatives": []}}',
        '{"type": "Error", "variant": "SchemaError", "description": "simulated"}',
    ]
    async with simulator(*(Say(1, 0.3 * n, text) for n, text in enumerate(texts))) as sim:
        async with listening(transcriber(sim)) as ear:
            await ear.turn(SENTENCE)
        assert sim.connections == 1
    ear.assert_nothing_lost_or_doubled()
    assert ear.error is None


async def test_malformed_messages_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async with simulator(Say(1, 0.5, "no JSON"), Say(1, 1.0, "no JSON")) as sim, listening(transcriber(sim)) as ear:
        await ear.turn(SENTENCE)
    assert caplog.text.count("skipped a message") == 1


async def test_a_message_sent_twice_is_heard_once() -> None:
    async with simulator(Duplicate(1, number=1), Duplicate(1, number=2)) as sim, listening(transcriber(sim)) as ear:
        await ear.turn(SENTENCE)
        await ear.turn(TURNS[0].split())
    ear.assert_nothing_lost_or_doubled()
    assert len(ear.answers) == 2


async def test_silence_without_answers_does_not_condemn_the_connection() -> None:
    """No Finalize says that somebody has spoken, and about silence there need not be anything to say."""
    async with simulator(Stall(1, after=0.0)) as sim:
        async with listening(transcriber(sim, QUICK, replace(SOON, end=0.1))) as ear:
            await until(lambda: sim.connections)
            await ear.play(silence(10 * LISTEN_RATE))
        assert sim.connections == 1


async def test_a_lost_finalize_before_a_pause_does_not_condemn_the_connection() -> None:
    """No audio is left unanswered, so no answer is due."""
    async with simulator(LoseFinalize(1, number=1)) as sim, listening(transcriber(sim, QUICK)) as ear:
        await ear.say(SENTENCE)
        await until(lambda: any(len(heard.words) == len(SENTENCE) for heard in ear.transcripts))
        ear.finalize()
        await asyncio.sleep(2 * QUICK.answer)
        assert sim.connections == 1
        assert ear.breaks == []
        await ear.turn(TURNS[0].split())
    ear.assert_nothing_lost_or_doubled()


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (400, Refused, "keyterms"),
        (401, Refused, "DEEPGRAM_API_KEY"),
        (402, Refused, "credit"),
        (403, Refused, "DEEPGRAM_API_KEY"),
        (404, Refused, "check DEEPGRAM_BASE_URL"),
        (429, Unavailable, "too many"),
        (500, Unavailable, "500"),
    ],
)
async def test_warm_reports_what_the_upgrade_was_answered(status: int, kind: type[Exception], advice: str) -> None:
    async with simulator(Status(1, status)) as sim:
        with pytest.raises(kind, match=advice):
            await transcriber(sim).warm()


async def test_a_busy_server_says_how_long_it_wants_to_be_left_alone() -> None:
    async with simulator(Status(1, 429, {"Retry-After": "20"})) as sim:
        with pytest.raises(Unavailable) as busy:
            await transcriber(sim).warm()
    assert busy.value.retry_after == 20.0


@pytest.mark.parametrize("status", [429, 500])
async def test_trouble_at_the_first_connection_loses_no_word(status: int) -> None:
    async with simulator(Status(1, status), Status(2, status)) as sim, listening(transcriber(sim)) as ear:
        await ear.turn(SENTENCE)
    ear.assert_nothing_lost_or_doubled()
    assert ear.breaks == [StreamLost, StreamRestored]


async def test_a_wrong_key_ends_the_stream_at_once() -> None:
    async with simulator() as sim:
        ear = Ear()
        provider = DeepgramTranscriber(api_key="wrong-key-of-somebody", base_url=sim.url)
        async with asyncio.timeout(WAIT_LIMIT):
            await ear.listen(provider)
    assert isinstance(ear.error, Refused)
    assert "DEEPGRAM_API_KEY" in str(ear.error)
    assert ear.heard == []


async def test_a_key_that_is_withdrawn_ends_the_stream() -> None:
    async with simulator(Drop(1, after=0.5), Status(2, 401)) as sim, listening(transcriber(sim)) as ear:
        await ear.say(SENTENCE)
        await until(lambda: ear.error is not None)
    assert isinstance(ear.error, Refused)
    assert ear.breaks == [StreamLost]


async def test_no_server() -> None:
    async with simulator() as sim, sim.outage():
        with pytest.raises(Unavailable, match="DEEPGRAM_BASE_URL"):
            await transcriber(sim).warm()


async def test_a_server_that_never_answers_the_upgrade() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        provider = DeepgramTranscriber(api_key="some-key", base_url=url, timing=replace(PATIENT, connect=0.3))
        with pytest.raises(Unavailable, match="in time"):
            await provider.warm()
    await until(lambda: len(asyncio.all_tasks()) == 1)  # the SDK's own end a little later


async def test_the_end_of_audio_brings_the_last_words() -> None:
    async with simulator() as sim, listening(transcriber(sim)) as ear:
        await ear.say(SENTENCE)
    ear.assert_nothing_lost_or_doubled()


async def test_the_last_words_are_not_waited_for_without_end(caplog: pytest.LogCaptureFixture) -> None:
    async with simulator(Stall(1, after=0.5)) as sim, listening(transcriber(sim, again=replace(SOON, end=0.3))) as ear:
        await ear.say(SENTENCE)
    assert ear.error is None
    assert "no last words" in caplog.text


async def test_closing_the_iterator_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a task nor a connection; nor the key in the logs of any library."""
    caplog.set_level(logging.DEBUG)
    async with simulator() as sim:
        before = asyncio.all_tasks()
        provider, ear = transcriber(sim), Ear()
        async with aclosing(provider.transcribe(ear.source())) as transcripts:
            await ear.play(spoken(SENTENCE, LISTEN_RATE)[0])
            await anext(transcripts)
            assert asyncio.all_tasks() > before
        await until(lambda: asyncio.all_tasks() == before)
        await provider.aclose()
    assert caplog.text
    assert sim.api_key not in caplog.text


async def test_cancelling_whoever_listens_leaves_nothing_behind() -> None:
    async with simulator() as sim:
        before = asyncio.all_tasks()
        ear = Ear()
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(ear.listen(transcriber(sim)))
            await ear.say(SENTENCE)
            await until(lambda: bool(ear.heard))
            listener.cancel()
        await until(lambda: asyncio.all_tasks() == before)


async def test_an_error_in_the_audio_ends_the_stream_with_it() -> None:
    async def broken() -> AsyncIterator[Pcm | Finalize]:
        yield silence(LISTEN_WINDOW)
        raise ZeroDivisionError

    async with simulator() as sim:
        with pytest.RaisesGroup(ZeroDivisionError):
            async for _ in transcriber(sim).transcribe(broken()):
                pass


async def test_a_long_replay_does_not_hold_up_the_loop() -> None:
    """Playout wants the loop every 10 ms, also while thousands of messages of audio are sent."""
    turns_of_the_loop = 0
    async with simulator() as sim, listening(transcriber(sim)) as ear:
        await ear.turn(TURNS[0].split())
        async with sim.outage():
            await ear.play(silence(50 * LISTEN_RATE), pace=1000)
        before = sim.samples
        while sim.samples < before + 50 * LISTEN_RATE:
            await asyncio.sleep(0)
            turns_of_the_loop += StreamRestored in ear.breaks
    assert turns_of_the_loop > 50 * LISTEN_RATE / LISTEN_WINDOW


@pytest.mark.slow
async def test_the_cloud_profile() -> None:
    """Everything varies, and some Finalizes have no answer; every word is final all the same."""
    async with simulator(profile=replace(CLOUD, stt_finalize_lost=0.2), seed=3) as sim:
        delays, unanswered = [], 0
        async with listening(transcriber(sim)) as ear:
            for n in range(8):
                await ear.say(TURNS[n % len(TURNS)].split())
                answers, at = len(ear.answers), loop_time()
                ear.finalize()
                try:
                    await until(lambda before=answers: len(ear.answers) > before, 2.0)  # type: ignore[misc]
                    delays.append(loop_time() - at)
                except TimeoutError:
                    unanswered += 1
        assert sim.connections == 1
    ear.assert_nothing_lost_or_doubled()
    assert 1 <= unanswered <= 5
    assert 0.15 <= statistics.median(delays) <= 1.0
