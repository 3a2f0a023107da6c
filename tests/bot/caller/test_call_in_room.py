"""Calls in real rooms: tracks that come, go and break; a client of the bot's kind plays the bot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
from livekit import rtc

from bot.caller import voice_recorder
from bot.caller.call import Call, Patience
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
    began_at = await bot.hears(since)
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
    async def answer(bot: Caller) -> None:
        await hears_the_question(bot)
        await writes(bot, "what is it", PERSON)
        await bot.set_attributes({STATE_ATTRIBUTE: "speaking"})
        await bot.play(tone(500, 0.8), 48_000)
        await writes(bot, "a tone", "bot")
        await bot.set_attributes({STATE_ATTRIBUTE: "listening"})

    async with call_to(new_caller) as call:
        turn = await asked(call, bot, answer)
    assert turn.ending is Ending.ANSWERED
    assert turn.transcript == (CallLine(True, "what is it"), CallLine(False, "a tone"))
    assert turn.voice_to_voice is not None
    assert turn.voice_to_voice > 0
    assert turn.answer is not None
    assert sounds_like(turn.answer.pcm[turn.answer.rate // 4 : turn.answer.rate * 2 // 5], 500, turn.answer.rate)


async def test_whose_place_is_taken_is_told_so(new_caller: NewCaller, bot: Caller) -> None:
    async with call_to(new_caller) as call:
        await call.bot_listens()
        async with new_caller(PERSON):
            with pytest.raises(RoomError, match=r"another participant joined as 'caller'.*another --identity"):
                await call.ask("a tone", WavSound(tone(700, 5.0, RATE), RATE))


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


async def test_a_voice_of_which_the_client_lost_something_is_asked_for_again(
    new_caller: NewCaller, bot: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its track, its frames, or its subscription, one after the other."""
    monkeypatch.setattr(voice_recorder, "DEAF_DELAY", 0.5)
    async with new_caller(PERSON) as caller:
        await caller.until(lambda: caller.recording.frames)

        def lose_track(publication: rtc.RemoteTrackPublication) -> None:
            publication._track = None  # as a second `track_published` of the same publication does
            caller._recorder.follow(caller.room)

        def lose_frames(publication: rtc.RemoteTrackPublication) -> None:
            assert publication.track is not None
            (stream,) = publication.track._audio_streams  # the native stream goes silent
            stream._ffi_handle.dispose()

        for lose in (lose_track, lose_frames, lambda publication: publication.set_subscribed(False)):
            (publication,) = caller.room.remote_participants[bot.identity].track_publications.values()
            lose(publication)
            await asyncio.sleep(0.3)
            frames = caller.recording.frames
            await caller.until(lambda: caller.recording.frames > frames + 100)  # noqa: B023 - it is now
            played = await bot.play(tone(500, 0.4), 48_000)
            heard_at = await caller.hears(played.start_at)
            await asyncio.sleep(0.3)
            assert sounds_like(caller.recording.slice(heard_at, heard_at + 0.2), 500, 48_000)
