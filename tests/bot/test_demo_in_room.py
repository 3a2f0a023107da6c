"""What runs on this machine alone, in a room: it understands, answers, can be interrupted, and hears no words in noise.

The bot is the command with --demo, and its caller speaks with a voice that a recognizer understands.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bot.caller.call import Call, Patience
from bot.caller.outcome import CallTurn
from bot.providers.local_choice import local_providers, missing_packages
from bot.providers.registry import KINDS
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.events import FinalTranscript, InterimTranscript
from pipeline.journal import read_journal
from pipeline.wav import WavSound
from tests.bot.conftest import NewCaller
from tests.support.access import Server
from tests.support.bot_process import NO_PROVIDERS, BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.local_voice import spoken
from tests.support.waiting import WAIT_LIMIT
from tests.support.word_errors import word_errors, words_of

pytestmark = [pytest.mark.sfu, pytest.mark.alone]  # engines that compute want a core of their own


@dataclass
class DemoTalk:
    """A bot that listens, and its caller."""

    bot: BotProcess
    caller: Caller
    call: Call
    journal: Path

    async def ask(self, text: str) -> CallTurn:
        """Ask, and hear the whole answer."""
        (pcm,) = await spoken(text)
        return await self.call.ask(text, WavSound(pcm, LISTEN_RATE))

    def transcripts(self, until_at: float) -> list[str]:
        """Return the words that it has understood up to a loop time, interim ones, too."""
        entries = (entry.event for entry in read_journal(self.journal))
        heard = [event for event in entries if isinstance(event, InterimTranscript | FinalTranscript) if event.text]
        return [event.text for event in heard if event.at < until_at]


def understood(turn: CallTurn) -> str:
    return " ".join(line.text for line in turn.transcript if line.is_caller)


def answer(turn: CallTurn) -> str:
    return " ".join(line.text for line in turn.transcript if not line.is_caller)


@pytest.fixture
async def demo_talk(
    livekit_server: Server, room_name: str, new_caller: NewCaller, tmp_path: Path
) -> AsyncIterator[DemoTalk]:
    best = [next(local_providers(kind)) for kind in KINDS]
    if missing := missing_packages(best):
        pytest.skip(f"{', '.join(missing)} is missing: run scripts/test, or install the project's extra demo")
    settings = {name: it for name, it in server_settings(livekit_server).items() if name not in NO_PROVIDERS}
    journal = tmp_path / "journal.jsonl"
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(new_caller())
        arguments = ("--room", room_name, "--demo", "--journal", str(journal))
        bot = stack.enter_context(BotProcess(*arguments, settings=settings, folder=tmp_path))
        call = Call(caller, Patience(ready_delay=WAIT_LIMIT, answer_delay=WAIT_LIMIT))
        await call.bot_listens()
        yield DemoTalk(bot, caller, call, journal)


@pytest.mark.smoke
async def test_three_questions_are_understood_and_answered(demo_talk: DemoTalk) -> None:
    """Two of them without a doubt: a busy machine may tear a word of the third."""
    sensible = {
        "What time is it?": r"It is \d+:\d\d [AP]M",
        "Please count to four.": r"One, two, three, four",
        "What is your name?": r"\w+",
    }
    clear = 0
    for question, pattern in sensible.items():
        turn = await demo_talk.ask(question)
        assert turn.is_answered, demo_talk.bot.output
        is_understood = word_errors(words_of(question), words_of(understood(turn))) == 0
        clear += is_understood and re.search(pattern, answer(turn)) is not None
        assert turn.answer is not None
        assert turn.answer.duration > 0.3
    assert clear >= 2, demo_talk.bot.output
    assert "ERROR" not in demo_talk.bot.output


async def test_it_lets_itself_be_interrupted(demo_talk: DemoTalk) -> None:
    (story,) = await spoken("Tell me a story.")
    played = await demo_talk.caller.play(story, LISTEN_RATE)
    onset_at = await demo_talk.caller.hears(played.end_at)
    await demo_talk.caller.until(lambda: asyncio.get_running_loop().time() > onset_at + 3.0)
    turn = await demo_talk.ask("Stop! What time is it?")
    assert turn.is_answered, demo_talk.bot.output
    assert "Nobody believed them" not in answer(turn), "the story's end"


async def test_there_are_no_words_in_noise(demo_talk: DemoTalk) -> None:
    """Hiss, hum, clicks and knocks, for ten seconds; it says nothing, and goes on to understand."""
    noise = await demo_talk.caller.play(noises(10.0), LISTEN_RATE)
    turn = await demo_talk.ask("What time is it?")
    assert word_errors(words_of("What time is it?"), words_of(understood(turn))) <= 2, understood(turn)
    assert demo_talk.transcripts(noise.end_at) == []


def noises(duration: float) -> Pcm:
    """Return the noises of a room without anybody."""
    rng = np.random.default_rng(3)
    size = round(duration * LISTEN_RATE)
    time = np.arange(size) / LISTEN_RATE
    sound = rng.normal(0, 200, size) + 400 * np.sin(2 * np.pi * 100 * time)
    for at in np.arange(1.0, duration - 0.5, 1.3):
        start, length = round(at * LISTEN_RATE), round(rng.uniform(0.005, 0.15) * LISTEN_RATE)
        fading = np.exp(-np.arange(length) / (length / 5))
        sound[start : start + length] += 12_000 * fading * rng.normal(0, 0.4, length)
    samples: Pcm = np.clip(sound, -32768, 32767).astype(np.int16)
    return samples
