"""A question without a browser, in real rooms; the other side is played by a client of the bot's kind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import talk_play
from livekit_api import ServerInfo
from talk_bot import BotEnded
from talk_play import NotReady, Outcome, ask
from talk_report import report
from wav import Sound, read_sound

from tests.support.bot import sounds_like
from tests.support.caller import AGENT_STATE, Caller
from tests.support.text_log import TRANSCRIPTION
from tests.support.tones import tone

RATE = 16_000
PERSON = "caller"
QUESTION = Sound(np.concatenate([tone(700, 0.5, RATE), np.zeros(RATE // 4, np.int16)]), RATE)

NewBot = Callable[[str], Caller]
Ask = Callable[..., asyncio.Task[Outcome]]


@pytest.fixture
def new_bot(livekit_server: ServerInfo, room_name: str) -> NewBot:
    def make(state: str) -> Caller:
        server, attributes = livekit_server, {AGENT_STATE: state}
        return Caller(
            *(server.url, server.api_key, server.api_secret),
            room=room_name,
            identity="bot",
            kind="agent",
            attributes=attributes,
        )

    return make


@pytest.fixture
async def asking(livekit_server: ServerInfo, room_name: str) -> AsyncIterator[Ask]:
    """Ask the question, at the side."""
    async with asyncio.TaskGroup() as tasks:

        def start(question: Sound = QUESTION, check: Callable[[], None] = lambda: None) -> asyncio.Task[Outcome]:
            return tasks.create_task(ask(livekit_server, room_name, PERSON, question, check))

        yield start


async def hears_the_question(bot: Caller) -> float:
    """Wait for the end of the question, and return when that was heard."""
    began_at = await bot.until(lambda: bot.recording.onset_after(0), timeout=15)
    return await bot.until(lambda: bot.recording.silent_after(began_at + 0.1))


async def writes(bot: Caller, text: str, sender: str) -> None:
    attributes = {"lk.segment_id": text, "lk.transcription_final": "true"}
    writer = await bot.room.local_participant.stream_text(
        topic=TRANSCRIPTION, sender_identity=sender, attributes=attributes
    )
    await writer.write(text)
    await writer.aclose()


async def test_a_question_is_answered(
    new_bot: NewBot, asking: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with new_bot("listening") as bot:
        task = asking()
        asked_at = await hears_the_question(bot)
        await writes(bot, "what is it", PERSON)
        await bot.set_attributes({AGENT_STATE: "speaking"})
        answered = await bot.play(tone(500, 0.8), 48_000)
        await asyncio.sleep(talk_play.QUIET_DELAY + 1.0)  # a pause is no end while the bot says that it is speaking
        await bot.play(tone(600, 0.5), 48_000)
        await writes(bot, "a tone", "bot")
        await bot.set_attributes({AGENT_STATE: "listening"})
        outcome = await task
    assert outcome.transcript == ((True, "what is it"), (False, "a tone"))
    assert outcome.voice_to_voice is not None
    assert 0 < outcome.voice_to_voice - (answered.start_at - asked_at) < 1.0  # the way there and back
    assert not outcome.cut_off

    assert report(outcome, tmp_path / "answer.wav")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["you: what is it", "bot: a tone"]
    assert printed[2].startswith(f"voice-to-voice: {outcome.voice_to_voice * 1000:.0f} ms")
    recorded = read_sound(tmp_path / "answer.wav")
    assert recorded.duration > talk_play.QUIET_DELAY + 2.0
    assert sounds_like(recorded.pcm[recorded.rate // 4 : recorded.rate // 2], 500, recorded.rate)


@pytest.mark.parametrize("understood", [True, False])
async def test_no_answer(
    new_bot: NewBot,
    asking: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    understood: bool,
) -> None:
    monkeypatch.setattr(talk_play, "ANSWER_LIMIT_DELAY", 1.0)
    async with new_bot("listening") as bot:
        task = asking()
        await hears_the_question(bot)
        if understood:
            await writes(bot, "what is it", PERSON)
        outcome = await task
    assert outcome.answer is None
    assert not report(outcome, tmp_path / "answer.wav")
    advice = "understood words but said nothing" if understood else "understood no words: is there clear speech"
    assert advice in capsys.readouterr().err
    assert not (tmp_path / "answer.wav").exists()


async def test_the_end_of_a_greeting_is_waited_for(new_bot: NewBot, asking: Ask) -> None:
    async with new_bot("listening") as bot:
        task = asking()
        await bot.until(lambda: bot.heard_identity)
        await bot.set_attributes({AGENT_STATE: "speaking"})
        greeted = await bot.play(tone(500, 1.5), 48_000)
        await bot.set_attributes({AGENT_STATE: "listening"})
        began_at = await bot.until(lambda: bot.recording.onset_after(0))
        assert began_at > greeted.end_at + talk_play.READY_DELAY
        await hears_the_question(bot)
        await bot.play(tone(600, 0.5), 48_000)
        outcome = await task
    assert outcome.answer is not None
    assert outcome.answer.duration < 1.2  # the greeting is no part of it


async def test_an_answer_into_the_question_has_no_latency(
    new_bot: NewBot, asking: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    async with new_bot("listening") as bot:
        task = asking(Sound(tone(700, 2.0, RATE), RATE))
        await bot.until(lambda: bot.recording.onset_after(0), timeout=15)
        await bot.play(tone(500, 3.0), 48_000)
        outcome = await task
    assert outcome.voice_to_voice is None
    assert outcome.answer is not None
    assert outcome.answer.duration > 2.5
    assert report(outcome, None)
    assert "not measured" in capsys.readouterr().out


async def test_an_endless_answer_is_cut_off(new_bot: NewBot, asking: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_play, "SPEECH_LIMIT_DELAY", 1.0)
    async with new_bot("listening") as bot:
        task = asking()
        await hears_the_question(bot)
        bot.start_playing(tone(500, 60.0), 48_000)
        outcome = await task
    assert outcome.cut_off
    assert outcome.answer is not None


async def test_a_bot_that_never_listens(
    new_bot: NewBot, livekit_server: ServerInfo, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk_play, "READY_LIMIT_DELAY", 3.0)
    async with new_bot("initializing"):
        with pytest.raises(NotReady, match=r"its state is 'initializing'.*--log-level info"):
            await ask(livekit_server, room_name, PERSON, QUESTION, lambda: None)


async def test_a_bot_that_does_not_come(
    livekit_server: ServerInfo, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk_play, "READY_LIMIT_DELAY", 1.0)
    with pytest.raises(NotReady, match="it is not in the room"):
        await ask(livekit_server, room_name, PERSON, QUESTION, lambda: None)


async def test_a_bot_that_ends_ends_the_question(livekit_server: ServerInfo, room_name: str) -> None:
    def ended() -> None:
        raise BotEnded(3)

    with pytest.raises(BotEnded, match="code 3: the room could not be joined"):
        await ask(livekit_server, room_name, PERSON, QUESTION, ended)
