"""Questions in real rooms; the bot is played by a client of its kind, so that what it does is known."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from bot.caller import ear
from bot.caller.call import Call, NotReady, Patience
from bot.caller.outcome import CallLine, CallTurn, Ending
from bot.caller.texts import TRANSCRIPTION
from bot.room.attributes import STATE_ATTRIBUTE
from pipeline.errors import RoomError
from pipeline.wav import WavSound
from tests.bot.conftest import NewCaller
from tests.support.bot import sounds_like
from tests.support.caller import Caller
from tests.support.tones import tone

pytestmark = pytest.mark.sfu

RATE = 16_000
PERSON = "caller"
QUESTION = WavSound(np.concatenate([tone(700, 0.5, RATE), np.zeros(RATE // 4, np.int16)]), RATE)

PATIENCE = Patience(
    ready_delay=10.0, steady_delay=0.4, answer_delay=10.0, quiet_delay=0.5, speech_delay=20.0, gone_delay=0.5
)

Act = Callable[[Caller], Awaitable[None]]


@pytest.fixture
async def bot(new_caller: NewCaller) -> AsyncIterator[Caller]:
    async with new_caller("bot", kind="agent", attributes={STATE_ATTRIBUTE: "listening"}) as bot:
        yield bot


@asynccontextmanager
async def call_to(new_caller: NewCaller, patience: Patience = PATIENCE) -> AsyncIterator[Call]:
    async with new_caller(PERSON) as caller:
        yield Call(caller, patience)


async def asked(call: Call, bot: Caller, act: Act, question: WavSound = QUESTION) -> CallTurn:
    """Ask when the bot listens, while it does what it does."""
    await call.bot_listens()
    async with asyncio.TaskGroup() as group:
        acting = group.create_task(_act(bot, act))
        turn = await call.ask("a tone", question)
        await acting
    return turn


async def _act(bot: Caller, act: Act) -> None:
    await act(bot)


async def hears_the_question(bot: Caller, since: float = 0.0) -> float:
    """Wait for the end of the question, and return when that was heard."""
    began_at = await bot.hears(since, timeout=15)
    return await bot.until(lambda: bot.recording.silent_after(began_at + 0.1))


async def writes(bot: Caller, text: str, sender: str) -> None:
    attributes = {"lk.segment_id": text, "lk.transcription_final": "true"}
    writer = await bot.room.local_participant.stream_text(
        topic=TRANSCRIPTION, sender_identity=sender, attributes=attributes
    )
    await writer.write(text)
    await writer.aclose()


@pytest.mark.smoke
@pytest.mark.alone
async def test_a_question_is_answered(new_caller: NewCaller, bot: Caller) -> None:
    """A pause is no end while the bot says that it is speaking."""
    told: list[float] = []
    quiet_delay = 1.0

    async def answer(bot: Caller) -> None:
        asked_at = await hears_the_question(bot)
        await writes(bot, "what is it", PERSON)
        await bot.set_attributes({STATE_ATTRIBUTE: "speaking"})
        played = await bot.play(tone(500, 0.4), 48_000)
        told.append(played.start_at - asked_at)
        await asyncio.sleep(quiet_delay + 0.3)
        await bot.play(tone(600, 0.4), 48_000)
        await writes(bot, "a tone", "bot")
        await bot.set_attributes({STATE_ATTRIBUTE: "listening"})

    async with call_to(new_caller, replace(PATIENCE, quiet_delay=quiet_delay)) as call:
        turn = await asked(call, bot, answer)
    assert turn.ending is Ending.ANSWERED
    assert turn.transcript == (CallLine(True, "what is it"), CallLine(False, "a tone"))
    assert turn.voice_to_voice is not None
    assert 0 < turn.voice_to_voice - told[0] < 1.0  # the way there and back
    assert turn.answer is not None
    assert turn.answer.duration > quiet_delay + 1.0
    assert sounds_like(turn.answer.pcm[turn.answer.rate // 4 : turn.answer.rate * 2 // 5], 500, turn.answer.rate)


@pytest.mark.slow
async def test_no_answer(new_caller: NewCaller, bot: Caller) -> None:
    async def stay_silent(bot: Caller) -> None:
        await hears_the_question(bot)
        await writes(bot, "what is it", PERSON)

    async with call_to(new_caller, replace(PATIENCE, answer_delay=1.0)) as call:
        turn = await asked(call, bot, stay_silent)
    assert (turn.ending, turn.answer, turn.is_understood) == (Ending.SILENT, None, True)


@pytest.mark.alone
@pytest.mark.slow
async def test_the_end_of_a_greeting_is_waited_for(new_caller: NewCaller, bot: Caller) -> None:
    async def greet() -> None:
        await bot.until(lambda: bot.heard_identity)
        await bot.set_attributes({STATE_ATTRIBUTE: "speaking"})
        greeted = await bot.play(tone(500, 1.2), 48_000)
        await writes(bot, "hello", "bot")
        await bot.set_attributes({STATE_ATTRIBUTE: "listening"})
        assert await bot.hears() > greeted.end_at + PATIENCE.steady_delay
        await hears_the_question(bot)
        await bot.play(tone(600, 0.5), 48_000)

    async with call_to(new_caller, replace(PATIENCE, steady_delay=1.0)) as call, asyncio.TaskGroup() as group:
        group.create_task(greet())
        await call.bot_listens()
        assert call.news() == (CallLine(False, "hello"),)
        turn = await call.ask("a tone", QUESTION)
    assert turn.answer is not None
    assert turn.answer.duration < 1.2  # the greeting is no part of it
    assert turn.transcript == ()


@pytest.mark.slow
async def test_an_answer_into_the_question_has_no_latency(new_caller: NewCaller, bot: Caller) -> None:
    async def interrupt(bot: Caller) -> None:
        await bot.hears(timeout=15)
        await bot.play(tone(500, 2.0), 48_000)

    async with call_to(new_caller) as call:
        turn = await asked(call, bot, interrupt, WavSound(tone(700, 1.0, RATE), RATE))
    assert turn.voice_to_voice is None
    assert turn.answer is not None
    assert turn.answer.duration > 1.5


@pytest.mark.slow
async def test_an_endless_answer_is_cut_off(new_caller: NewCaller, bot: Caller) -> None:
    async def go_on(bot: Caller) -> None:
        await hears_the_question(bot)
        bot.start_playing(tone(500, 10.0), 48_000)

    async with call_to(new_caller, replace(PATIENCE, speech_delay=1.0)) as call:
        turn = await asked(call, bot, go_on)
    assert (turn.ending, turn.is_answered) == (Ending.CUT_OFF, True)
    assert turn.answer is not None


@pytest.mark.parametrize("speaks", [True, pytest.param(False, marks=pytest.mark.slow)])
async def test_a_bot_that_leaves(new_caller: NewCaller, bot: Caller, speaks: bool) -> None:
    """In the middle of its answer, or before it."""

    async def leave(bot: Caller) -> None:
        await hears_the_question(bot)
        if speaks:
            await bot.set_attributes({STATE_ATTRIBUTE: "speaking"})
            bot.start_playing(tone(500, 10.0), 48_000)
            await asyncio.sleep(1.0)
        await bot.leave()

    async with call_to(new_caller) as call:
        turn = await asked(call, bot, leave)
    assert (turn.ending, turn.is_answered) == (Ending.LEFT, False)
    assert (turn.answer is not None) == speaks


@pytest.mark.slow
async def test_a_bot_that_never_listens(new_caller: NewCaller, bot: Caller) -> None:
    await bot.set_attributes({STATE_ATTRIBUTE: "initializing"})
    async with call_to(new_caller, replace(PATIENCE, ready_delay=1.5)) as call:
        with pytest.raises(NotReady, match=r"its state is 'initializing'.*--log-level info"):
            await call.bot_listens()


async def test_a_room_without_a_bot_that_can_be_heard(new_caller: NewCaller) -> None:
    async with new_caller(PERSON) as caller:
        call = Call(caller, replace(PATIENCE, ready_delay=0.2))
        with pytest.raises(NotReady, match=r"nobody else is in the room .*python -m bot --room"):
            await call.bot_listens()
        async with new_caller("somebody"):
            await caller.until(lambda: caller.room.remote_participants)
            with pytest.raises(NotReady, match=r"only somebody and no bot is in the room"):
                await call.bot_listens()
        async with new_caller("bot", kind="agent", publish=False):
            await caller.until(lambda: "bot" in caller.room.remote_participants)
            with pytest.raises(NotReady, match="the bot publishes no voice"):
                await call.bot_listens()


@pytest.mark.slow
async def test_whose_place_is_taken_is_told_so(new_caller: NewCaller, bot: Caller) -> None:
    async with call_to(new_caller) as call:
        await call.bot_listens()
        async with new_caller(PERSON):
            with pytest.raises(RoomError, match=r"somebody else joined as 'caller'.*another --identity"):
                await call.ask("a tone", WavSound(tone(700, 5.0, RATE), RATE))


async def test_what_the_check_raises_ends_the_call(new_caller: NewCaller) -> None:
    def ended() -> None:
        raise LookupError("the bot has ended")

    async with new_caller(PERSON) as caller:
        with pytest.raises(LookupError, match="the bot has ended"):
            await Call(caller, PATIENCE, ended).bot_listens()


# --- a voice that comes late, comes again, or is lost ---


@pytest.mark.alone
async def test_a_voice_that_comes_late_and_in_another_track_is_recorded(new_caller: NewCaller, bot: Caller) -> None:
    """It is published after the caller came, and again between question and answer."""
    await bot.unpublish_microphone()

    async def answer(bot: Caller) -> None:
        await hears_the_question(bot)
        await bot.set_attributes({STATE_ATTRIBUTE: "thinking"})
        await bot.unpublish_microphone()
        await bot.publish_microphone()
        await bot.play(tone(500, 1.0), 48_000)
        await bot.set_attributes({STATE_ATTRIBUTE: "listening"})

    async with call_to(new_caller) as call, asyncio.TaskGroup() as group:
        asking = group.create_task(asked(call, bot, answer))
        await asyncio.sleep(0.5)
        assert not call.asked, "it is not heard yet"
        await bot.publish_microphone()
        turn = await asking
    assert turn.ending is Ending.ANSWERED
    assert turn.answer is not None
    assert turn.answer.duration > 0.8


@pytest.mark.parametrize(
    "lost",
    [
        "the track",
        pytest.param("its frames", marks=pytest.mark.slow),
        pytest.param("the subscription", marks=pytest.mark.slow),
    ],
)
async def test_a_voice_of_which_the_client_lost_something_is_asked_for_again(
    new_caller: NewCaller, bot: Caller, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(ear, "DEAF_DELAY", 0.5)
    async with new_caller(PERSON) as caller:
        await caller.until(lambda: caller.recording.frames)
        (publication,) = caller.room.remote_participants[bot.identity].track_publications.values()
        match lost:
            case "the track":  # as a second `track_published` of the same publication does
                publication._track = None
                caller._ear.follow(caller.room)
            case "its frames":  # the native stream goes silent
                assert publication.track is not None
                (stream,) = publication.track._audio_streams
                stream._ffi_handle.dispose()
            case "the subscription":
                publication.set_subscribed(False)
        await asyncio.sleep(0.3)
        frames = caller.recording.frames
        await caller.until(lambda: caller.recording.frames > frames + 100)
        played = await bot.play(tone(500, 0.4), 48_000)
        heard_at = await caller.hears(played.start_at)
        await asyncio.sleep(0.3)
        assert sounds_like(caller.recording.slice(heard_at, heard_at + 0.2), 500, 48_000)
