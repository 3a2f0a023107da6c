"""The synthesizer with the real SDK, against a Cartesia on loopback. Which words were spoken is read from the audio."""

import asyncio
import gc
import logging
import statistics
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm, silence
from pipeline.errors import Declined, Malformed, ProviderError, Refused, Unavailable
from pipeline.ports import Synthesizer
from pipeline.providers.cartesia import CartesiaSynthesizer, ContextTiming
from pipeline.speech import Speech, WordTime
from tests.support.providers.cartesia import CartesiaSimulator, Fault
from tests.support.providers.profile import FIXED, Always
from tests.support.tone_code import Decoder, code_of, words_in, words_of
from tests.support.waiting import until

RATE = 24_000
PATIENT = ContextTiming(first_audio=20.0, silence=20.0, connect=20.0)
"""Deadlines that only a fault reaches, however busy the machine is."""

SHORT = ContextTiming(first_audio=0.8, silence=0.9, connect=1.0)
"""For tests of the deadlines themselves."""
BRISK = replace(FIXED, tts_speed=Always(20.0))
QUICK = replace(FIXED, tts_first_audio_delay=Always(0.01), tts_speed=Always(100.0))
"""For tests of what is said, not of when."""

TEXT = "Hello there, my old friend. How are you today? It is nice to see you."
OURS = ("pipeline/", "cartesia/lib", "websockets/")
KEY = "sk_car_of_this_test"


@pytest.fixture
async def simulator() -> AsyncIterator[CartesiaSimulator]:
    async with CartesiaSimulator(BRISK, api_key=KEY) as simulator:
        yield simulator


@asynccontextmanager
async def synthesizer(
    simulator: CartesiaSimulator, timing: ContextTiming = PATIENT, key: str = KEY, rate: int = RATE
) -> AsyncIterator[CartesiaSynthesizer]:
    """A synthesizer; fails when it leaves a task behind."""
    before = asyncio.all_tasks()
    voice = CartesiaSynthesizer(api_key=key, base_url=simulator.url, timing=timing, rate=rate)
    try:
        yield voice
    finally:
        await voice.aclose()
    assert left_behind(before) == set()


async def closed_for_idling(simulator: CartesiaSimulator, voice: CartesiaSynthesizer) -> None:
    """Have the server close the connection, and wait until the client has noticed."""
    connection = voice._connection
    await simulator.close_idle()
    await until(lambda: connection is None or not connection.is_open)


def left_behind(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks that are new since then and run our code or the SDK's, not the simulator's."""
    return {task for task in asyncio.all_tasks() - before if any(name in repr(task) for name in OURS)}


@dataclass
class Said:
    """What came out of a reply."""

    pieces: list[Pcm] = field(default_factory=list)
    times: list[WordTime] = field(default_factory=list)
    error: Exception | None = None

    @property
    def pcm(self) -> Pcm:
        return np.concatenate([silence(0), *self.pieces])

    @property
    def words(self) -> list[str]:
        """The words that the audio contains."""
        return words_in(self.pcm, RATE, words_of(TEXT))


async def chunks(*parts: str | float) -> AsyncGenerator[str, None]:
    """Text as it comes; a number is a pause in seconds."""
    for part in parts:
        if isinstance(part, str):
            yield part
        else:
            await asyncio.sleep(part)


async def spoken_by(voice: Synthesizer, *parts: str | float) -> Said:
    """Everything that a reply to these chunks gives, with the error that ended it."""
    return await heard_of(voice.speak(chunks(*parts)))


async def heard_of(reply: AsyncIterator[Speech | WordTime]) -> Said:
    """Everything that a reply gives."""
    said = Said()
    try:
        async for item in reply:
            if isinstance(item, Speech):
                said.pieces.append(item.samples)
            else:
                said.times.append(item)
    except ProviderError as error:
        said.error = error
    return said


def now() -> float:
    return asyncio.get_running_loop().time()


# --- closing: everything is freed, wherever it stands ---


@pytest.mark.parametrize("stage", ["unstarted", "before audio", "in mid-speech", "waiting for text", "at the end"])
async def test_a_closed_reply_leaves_nothing_but_the_connection(simulator: CartesiaSimulator, stage: str) -> None:
    async with synthesizer(simulator) as voice:
        await voice.warm()
        before = asyncio.all_tasks()
        text = chunks(TEXT, 60.0, TEXT) if stage == "waiting for text" else chunks(TEXT)
        reply = voice.speak(text)
        if stage == "before audio":
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(reply)
        if stage == "in mid-speech":
            await anext(reply)
        if stage == "waiting for text":
            while not isinstance(last := await anext(reply), WordTime) or last.text != "you.":
                pass
        if stage == "at the end":
            async for _ in reply:
                pass
        await reply.aclose()
        assert left_behind(before) == set()
        if stage in ("before audio", "in mid-speech"):
            await until(simulator.cancelled)
        assert simulator.open_connections == 1
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)
        assert simulator.connections == 1


async def test_a_reply_that_one_task_began_can_be_closed_by_another(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        reply = voice.speak(chunks(TEXT, 60.0))
        await asyncio.create_task(anext(reply))
        await asyncio.create_task(reply.aclose())
        await until(simulator.cancelled)
        with pytest.raises(StopAsyncIteration):
            await anext(reply)


async def test_cancelling_the_task_that_listens_cancels_the_reply(simulator: CartesiaSimulator) -> None:
    async def listen(voice: Synthesizer) -> None:
        async with aclosing(voice.speak(chunks(TEXT, 60.0))) as reply:
            async for _ in reply:
                started.set()

    async with synthesizer(simulator) as voice:
        started = asyncio.Event()
        task = asyncio.create_task(listen(voice))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(simulator.cancelled)
        assert simulator.open_connections == 1


async def test_an_error_of_the_listener_passes_unchanged(simulator: CartesiaSimulator) -> None:
    async def listen(voice: CartesiaSynthesizer) -> None:
        async with aclosing(voice.speak(chunks(TEXT))) as reply:
            async for _ in reply:
                raise KeyError("the listener's own")

    async with synthesizer(simulator) as voice:
        with pytest.raises(KeyError, match="the listener's own"):
            await listen(voice)


async def test_a_failing_reply_never_cancels_who_listens_at_something_else(simulator: CartesiaSimulator) -> None:
    simulator.faults.append(Fault("drop", after=0.1))
    async with synthesizer(simulator) as voice:
        reply = voice.speak(chunks(TEXT))
        await anext(reply)
        await asyncio.sleep(0.3)  # the failure happens here
        with pytest.raises(Unavailable):
            async for _ in reply:
                pass


async def test_an_iterator_that_is_only_dropped_is_cleaned_up(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        reply = voice.speak(chunks(TEXT, 60.0))
        await anext(reply)
        del reply
        gc.collect()
        await until(simulator.cancelled)


async def test_closing_the_synthesizer_ends_what_is_spoken(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        reply = voice.speak(chunks(TEXT, 60.0))
        await anext(reply)
        await voice.aclose()
        with pytest.raises(Unavailable):
            async for _ in reply:
                pass
        assert (await spoken_by(voice, TEXT)).error is not None
    await until(lambda: simulator.open_connections == 0)


# --- what is said ---


def words_as_written(text: str) -> list[str]:
    """The words as `words_in` gives them: in their first writing."""
    known: dict[int, str] = {}
    return [known.setdefault(code_of(word), word) for word in words_of(text)]


async def test_speech_contains_the_words_of_the_text_and_their_times(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, TEXT)
    assert said.words == words_as_written(TEXT)
    assert [time.text for time in said.times] == words_of(TEXT)
    decoder = Decoder(RATE)
    for heard, time in zip(decoder.feed(said.pcm) + decoder.flush(), said.times, strict=True):
        assert heard.start == pytest.approx(time.start, abs=0.010)
        assert heard.end == pytest.approx(time.end, abs=0.010)


@pytest.mark.parametrize("rate", [16_000, 48_000])
async def test_speech_has_the_rate_that_was_asked_for(simulator: CartesiaSimulator, rate: int) -> None:
    async with synthesizer(simulator, rate=rate) as voice:
        said = await spoken_by(voice, "Hello there, my old friend.")
    assert voice.rate == rate
    assert words_in(said.pcm, rate, words_of(TEXT)) == words_of("Hello there, my old friend.")


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_the_text_is_cut_into_chunks_it_is_spoken_as_it_is(data: st.DataObject) -> None:
    """Cut at white space, which goes to either side, and with pauses around the life of a context."""
    parts: list[str | float] = []
    for token in TEXT.split():
        parts.append(token if data.draw(st.booleans()) else f" {token}")
        if data.draw(st.booleans()):
            parts.append(data.draw(st.sampled_from([0.0, 0.0, 0.005, 0.06, 0.075, 0.2])))
    joined = join(parts)

    async def speak() -> Said:
        quick, timing = replace(QUICK, tts_context_expiry=Always(0.1)), replace(PATIENT, context_idle=0.07)
        async with CartesiaSimulator(quick, api_key=KEY) as simulator, synthesizer(simulator, timing) as voice:
            return await spoken_by(voice, *joined)

    said = asyncio.run(speak())
    assert said.error is None
    assert said.words == words_as_written(TEXT)
    assert [time.text for time in said.times] == words_of(TEXT)


def join(parts: Iterable[str | float]) -> list[str | float]:
    """Chunks between pauses, with the white space between words on either side of the cuts."""
    joined: list[str | float] = [""]
    for part in parts:
        last = joined[-1]
        if isinstance(part, str):
            joined[-1] = f"{last}{part if part.startswith(' ') else f' {part}'}"
        else:
            joined[-1] = f"{last} "
            joined += [part, ""]
    return joined


async def test_audio_comes_while_the_next_chunk_is_awaited(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        await voice.warm()
        is_asked_for = asyncio.Event()

        async def text() -> AsyncIterator[str]:
            yield "Hello there, "
            is_asked_for.set()
            await asyncio.Event().wait()

        async with aclosing(voice.speak(text())) as reply:
            while not isinstance(item := await anext(reply), WordTime) or item.text != "there,":
                pass
        assert is_asked_for.is_set()


def is_left(simulator: CartesiaSimulator) -> bool:
    """Has the client ended a context, as no text came for so long?"""
    return any(logged.message.get("continue") is False for logged in simulator.requests)


async def test_a_gap_between_chunks_that_is_longer_than_a_context_lives(simulator: CartesiaSimulator) -> None:
    async def text() -> AsyncIterator[str]:
        yield "Hello there, my old friend. "
        await until(partial(is_left, simulator))
        yield "How are you today? "
        await asyncio.sleep(0.1)
        yield "It is nice to see you."

    async with synthesizer(simulator) as voice:
        said = await heard_of(voice.speak(text()))
    assert said.words == words_as_written(TEXT)
    assert simulator.texts() == ["Hello there, my old friend. ", "How are you today? It is nice to see you."]
    assert said.times[5].start >= said.times[4].end


async def test_a_text_that_comes_too_late_for_its_context_is_spoken_in_another(simulator: CartesiaSimulator) -> None:
    simulator.faults.append(Fault("expire"))
    async with synthesizer(simulator) as voice:
        await voice.warm()  # or loading the SDK takes longer than the pause
        said = await spoken_by(voice, "Hello there, ", 0.4, "my old friend. ")
    assert said.error is None
    assert said.words == words_of("Hello there, my old friend.")
    assert simulator.contexts == 2


async def test_a_context_that_expired_before_it_was_ended_is_over_all_the_same(simulator: CartesiaSimulator) -> None:
    simulator.faults.append(Fault("expire"))
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, "Hello there, ", 1.1, "my old friend. ")
    assert said.error is None
    assert said.words == words_of("Hello there, my old friend.")


async def test_ten_replies_use_one_connection(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        for _ in range(10):
            assert (await spoken_by(voice, "Hello there, ")).words == ["Hello", "there,"]
        assert voice._connection is not None
        assert voice._connection.inboxes == {}, "nothing is kept of replies that are over"
    assert simulator.connections == 1
    assert simulator.contexts == 10


async def test_two_replies_at_once_share_the_connection(simulator: CartesiaSimulator) -> None:
    """A held reply, and the draft of the next one; whichever ends first, the other one goes on."""
    async with synthesizer(simulator) as voice:
        async with asyncio.TaskGroup() as group:
            long = group.create_task(spoken_by(voice, TEXT))
            short = group.create_task(spoken_by(voice, "How are you today?"))
        assert long.result().words == words_as_written(TEXT)
        assert short.result().words == words_of("How are you today?")
    assert simulator.connections == 1


async def test_a_reply_that_is_closed_leaves_the_other_one_alone(simulator: CartesiaSimulator) -> None:
    """The one that is closed is the one that read the socket for both."""
    async with synthesizer(simulator) as voice:
        closed = voice.speak(chunks(TEXT))
        await anext(closed)
        other = asyncio.create_task(spoken_by(voice, TEXT))
        await asyncio.sleep(0.1)
        await closed.aclose()
        assert (await other).words == words_as_written(TEXT)


async def test_after_a_cut_the_next_reply_is_spoken_at_once_and_alone(simulator: CartesiaSimulator) -> None:
    delays = []
    async with synthesizer(simulator) as voice:
        for cut in range(1, 6):
            reply = voice.speak(chunks(TEXT))
            for _ in range(3):
                await anext(reply)
            await reply.aclose()
            begun_at = now()
            first_at = 0.0
            said = Said()
            async for item in voice.speak(chunks("How are you today?")):
                first_at = first_at or now()
                if isinstance(item, Speech):
                    said.pieces.append(item.samples)
            delays.append(first_at - begun_at)
            assert said.words == words_of("How are you today?"), "late frames of the reply that was cut are dropped"
            assert len(simulator.cancelled()) == cut
        assert simulator.connections == 1
    assert statistics.median(delays) < 0.5


async def test_a_failing_text_is_spoken_as_far_as_it_came_and_its_error_passes(simulator: CartesiaSimulator) -> None:
    async def broken() -> AsyncIterator[str]:
        yield "Hello there, "
        raise Unavailable("a language model", "broke off")

    async with synthesizer(simulator) as voice:
        said = await heard_of(voice.speak(broken()))
    assert said.words == ["Hello", "there,"]
    assert "language model" in str(said.error)


async def test_a_text_without_a_word_ends_without_a_request(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, " ", "…")
    assert (said.pieces, said.times, said.error) == ([], [], None)
    assert simulator.requests == []


# --- connections ---


async def test_warming_opens_one_connection_whoever_asks(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        await asyncio.gather(*(voice.warm() for _ in range(5)))
        await voice.warm()
        assert (await spoken_by(voice, "Hello there,")).error is None
    assert simulator.connections == 1


async def test_a_connection_that_was_closed_for_idling_is_opened_again(simulator: CartesiaSimulator) -> None:
    async with synthesizer(simulator) as voice:
        await voice.warm()
        await closed_for_idling(simulator, voice)
        await voice.warm()
        assert simulator.connections == 2
        await closed_for_idling(simulator, voice)
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)
    assert simulator.connections == 3


async def test_the_server_may_live_under_a_path() -> None:
    async with (
        CartesiaSimulator(QUICK, api_key=KEY, prefix="/proxy/cartesia") as simulator,
        synthesizer(simulator) as voice,
    ):
        assert (await spoken_by(voice, "Hello there,")).words == ["Hello", "there,"]


# --- faults ---


@pytest.mark.parametrize("what", ["drop", "close"])
async def test_a_connection_lost_in_mid_speech_ends_the_reply_with_what_came_before(
    simulator: CartesiaSimulator, what: str
) -> None:
    """What is missing is asked for again by whoever knows what was heard; a new connection is there for it."""
    simulator.faults.append(Fault(what, after=0.9))  # type: ignore[arg-type]
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, TEXT)
        assert isinstance(said.error, Unavailable)
        times = [time.text for time in said.times]
        assert 0 < len(times) < len(words_of(TEXT))
        assert times == words_of(TEXT)[: len(times)]
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)
    assert simulator.connections == 2


async def test_a_connection_that_is_lost_between_chunks_is_not_missed(simulator: CartesiaSimulator) -> None:
    async def text() -> AsyncIterator[str]:
        yield "Hello there, my old friend. "
        await until(lambda: simulator.done == 1)
        connection = voice._connection
        assert connection is not None
        await simulator.close_idle()
        await until(lambda: not connection._reading.locked())  # the reply has been told
        yield "How are you today?"

    async with synthesizer(simulator) as voice:
        said = await heard_of(voice.speak(text()))
    assert said.error is None
    assert said.words == words_of("Hello there, my old friend. How are you today?")
    assert simulator.connections == 2


@pytest.mark.parametrize("when", ["at first", "after speaking"])
async def test_a_server_that_cannot_be_reached(simulator: CartesiaSimulator, when: str) -> None:
    async with synthesizer(simulator) as voice:
        if when == "after speaking":
            await voice.warm()
        await simulator.refuse()
        await closed_for_idling(simulator, voice)
        with pytest.raises(Unavailable, match="CARTESIA_BASE_URL"):
            await voice.warm()
        said = await spoken_by(voice, TEXT)
        assert isinstance(said.error, Unavailable)
        assert "127.0.0.1" in str(said.error)
        await simulator.listen()
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT), "it is back"


@pytest.mark.parametrize("fault", [Fault("refuse"), Fault("status", status=503)])
async def test_a_connection_that_fails_is_opened_anew_with_the_next_reply(
    simulator: CartesiaSimulator, fault: Fault
) -> None:
    simulator.faults.append(fault)
    async with synthesizer(simulator) as voice:
        assert isinstance((await spoken_by(voice, TEXT)).error, Unavailable)
        assert simulator.upgrades == 1
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)
    assert simulator.upgrades == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Refused),
        (402, Refused),
        (403, Refused),
        (404, Refused),
        (429, Unavailable),
        (500, Unavailable),
    ],
)
async def test_a_refused_connection(simulator: CartesiaSimulator, status: int, kind: type[ProviderError]) -> None:
    simulator.faults += [Fault("status", status=status) for _ in range(10)]
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, TEXT)
        assert isinstance(said.error, kind)
        assert simulator.upgrades == 1
        with pytest.raises(kind):
            await voice.warm()


async def test_a_busy_server_says_how_long_it_wants_to_be_left_alone(simulator: CartesiaSimulator) -> None:
    simulator.faults.append(Fault("status", status=429, headers={"Retry-After": "20"}))
    async with synthesizer(simulator) as voice:
        with pytest.raises(Unavailable) as busy:
            await voice.warm()
    assert busy.value.retry_after == 20.0


async def test_a_wrong_key_is_refused_and_not_shown(
    simulator: CartesiaSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "sk_car_a_wrong_one"
    async with synthesizer(simulator, key=wrong) as voice:
        with pytest.raises(Refused, match="CARTESIA_API_KEY") as refusal:
            await voice.warm()
    assert wrong not in str(refusal.value)
    assert wrong not in caplog.text


@pytest.mark.parametrize(("status", "kind"), [(400, Declined), (402, Refused), (429, Unavailable), (500, Unavailable)])
async def test_an_error_message_ends_the_reply_and_not_the_connection(
    simulator: CartesiaSimulator, status: int, kind: type[ProviderError]
) -> None:
    simulator.faults.append(Fault("error", status=status))
    async with synthesizer(simulator) as voice:
        assert isinstance((await spoken_by(voice, TEXT)).error, kind)
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)
    assert simulator.connections == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "chunk"',
        "[]",
        '{"type": "chunk", "context_id": "CONTEXT", "data": "///"}',
        '{"type": "timestamps", "context_id": "CONTEXT", "word_timestamps": {"words": ["a"]}}',
    ],
)
async def test_a_malformed_message_ends_the_reply(simulator: CartesiaSimulator, text: str) -> None:
    simulator.faults.append(Fault("malformed", after=0.3, text=text))
    async with synthesizer(simulator) as voice:
        said = await spoken_by(voice, TEXT)
        assert isinstance(said.error, Malformed)
        assert said.words[:1] == ["Hello"], "what came before it is heard"
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT)


@pytest.mark.parametrize(("after", "patience"), [(0.0, SHORT.first_audio), (0.5, SHORT.silence)])
async def test_a_silent_server_is_not_waited_for(simulator: CartesiaSimulator, after: float, patience: float) -> None:
    simulator.faults.append(Fault("stall", after=after))
    async with synthesizer(simulator, SHORT) as voice:
        await voice.warm()
        begun_at = now()
        said = await spoken_by(voice, TEXT)
        assert isinstance(said.error, Unavailable)
        assert patience <= now() - begun_at
        assert (await spoken_by(voice, TEXT)).words == words_as_written(TEXT), "over another connection"
    assert simulator.connections == 2
