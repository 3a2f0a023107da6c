"""Whole conversations in a real room: real SDKs against simulated providers, a caller who records every word."""

import asyncio
import json
import math
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from livekit import rtc

from bot.process.exit_codes import ExitCode
from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE
from pipeline.events import ConnectionRestored, ReplyEnded
from pipeline.journal import Entry, read_journal
from tests.bot.conftest import NewCaller
from tests.support.access import Server
from tests.support.bot import membership_of
from tests.support.bot_process import NO_PROVIDERS, ROOT, BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import OpenAISimulator
from tests.support.sentences import sentence
from tests.support.tone_code import misheard, understood, words_in

pytestmark = pytest.mark.sfu

KEY = "simulated-key"
GREETING = "Hello there, what can I do for you?"
QUESTION = "What is the weather like?"
BARGE_IN = "Please stop that now."
ANSWER = "It is sunny and warm today. Do you want to know more?"
STORY = (
    "Amber brick candle desert engine falcon garden harbor. Island jungle kettle ladder magnet needle orange pepper. "
    "Zipper anchor bottle copper."
)


def words(text: str) -> list[str]:
    """Its words as the recording gives them."""
    return [word.casefold().strip(".,?!—") for word in text.split()]


VOCABULARY = words(f"{GREETING} {ANSWER} {STORY}")


def is_nearly(heard: list[str], text: str) -> bool:
    """Are these the words of a text, but for a third of them, which a busy machine may tear?"""
    return misheard(heard, words(text)) <= len(words(text)) // 3


@dataclass
class Talk:
    """A bot and its providers."""

    bot: VoiceBot
    model: OpenAISimulator
    caller: Caller
    answer: str = ANSWER
    """What the model answers, whatever was understood of the question."""

    async def ask(self, text: str, answer: str) -> float:
        """Say a sentence; returns the loop time at which the bot's answer begins to be heard."""
        self.answer = answer
        spoken = await self.caller.play(sentence(text), LISTEN_RATE)
        return await self.caller.hears(spoken.end_at)

    async def is_said(self, text: str) -> None:
        """Wait until the bot has said this to its end, and the caller has heard that."""
        await self.caller.until(lambda: self.bot.history and self.bot.history[-1].text == text)
        said_at = asyncio.get_running_loop().time()
        await self.caller.until(lambda: self.caller.recording.silent_after(said_at))

    def recorded(self, since: float, until: float = math.inf) -> list[str]:
        """The bot's words that the caller has heard since a loop time, each said once.

        A word in whose last part a hold falls comes again whole; what stands for no word is what was torn off it.
        """
        heard = self.caller.recording.slice(since, min(until, asyncio.get_running_loop().time()))
        words = [word for word in words_in(heard, self.caller.recording.rate, VOCABULARY) if not word.startswith("?")]
        return [word for index, word in enumerate(words) if words[index - 1 : index] != [word]]

    def prompts(self) -> list[list[tuple[str, str]]]:
        """The messages that the model was sent, without the system prompt."""
        bodies = [request.body["messages"][1:] for request in self.model.requests]
        return [[(message["role"], message["content"]) for message in messages] for messages in bodies]


NewTalk = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def new_talk(livekit_server: Server, room_name: str, tmp_path: Path, new_caller: NewCaller) -> NewTalk:
    """A caller in a room, with a microphone or without, and then a bot, with the options of its settings."""

    @asynccontextmanager
    async def talk(*, publish: bool = True, **options: object) -> AsyncIterator[Talk]:
        words = f"{QUESTION} {BARGE_IN} And then? Mhm."
        async with (
            DeepgramSimulator(vocabulary=words.split(), api_key=KEY) as deepgram,
            OpenAISimulator(reply=lambda _: made.answer, api_key=KEY) as openai,
            CartesiaSimulator(api_key=KEY) as cartesia,
        ):
            bases = {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}
            environ = {f"{vendor}_BASE_URL": url for vendor, url in bases.items()}
            environ |= {f"{vendor}_API_KEY": KEY for vendor in bases}
            environ |= {"LIVEKIT_API_KEY": livekit_server.api_key, "LIVEKIT_API_SECRET": livekit_server.api_secret}
            given = {"room": room_name, "url": livekit_server.url, "greeting": GREETING, **options}
            settings = load_settings(given, environ=environ, directory=tmp_path)
            async with new_caller(publish=publish) as caller, VoiceBot(settings) as bot:
                made = Talk(bot, openai, caller)
                yield made

    return talk


@pytest.mark.smoke
@pytest.mark.alone
async def test_greeting_question_and_answer(new_talk: NewTalk) -> None:
    """Heard word by word; one request, made before the turn was over; shown in the room on both sides.

    In two of three turns: a busy machine may tear one, so that its words are not understood, or are two turns.
    """
    async with new_talk() as talk:
        greeted_at = await talk.caller.hears()
        await talk.is_said(GREETING)
        assert is_nearly(talk.recorded(greeted_at), GREETING)
        turns = [await _turn(talk) for _ in range(3)]
    assert turns.count((1, QUESTION, ANSWER, " ".join(words(ANSWER)))) >= 2, turns
    assert (talk.bot.history[0].role, talk.bot.history[0].text) == ("assistant", GREETING)
    states = [state for _, state in talk.caller.agent_states()]
    assert states[-4:] == ["listening", "thinking", "speaking", "listening"]


async def _turn(talk: Talk) -> tuple[int, str, str, str]:
    """Ask the question; returns how often the model was, and question, answer and recording of it."""
    before, messages = len(talk.model.requests), len(talk.bot.history)
    answered_at = await talk.ask(QUESTION, ANSWER)
    await talk.is_said(ANSWER)
    said = talk.bot.history[messages:]
    asked, answered = (" | ".join(it.text for it in said if it.role == role) for role in ("user", "assistant"))
    return len(talk.model.requests) - before, asked, answered, " ".join(talk.recorded(answered_at))


@pytest.mark.smoke
@pytest.mark.alone
async def test_the_model_reads_what_was_heard_before_a_barge_in(new_talk: NewTalk) -> None:
    """But for a word or two; how exact that is, is judged with the bot's playout."""
    async with new_talk(greeting=None) as talk:
        answered_at = await talk.ask("And then?", STORY)
        await asyncio.sleep(2.0)
        interrupted_at = asyncio.get_running_loop().time()
        played = talk.caller.start_playing(sentence(BARGE_IN, seed=1), LISTEN_RATE)
        stopped_at = await talk.caller.until(lambda: talk.caller.recording.silent_after(interrupted_at))
        await played.finished
        recorded = talk.recorded(answered_at, stopped_at + 0.05)
        (_, reply), (_, interruption) = await talk.caller.until(lambda: _after_a_cut(talk))
        assert set(words(interruption)) & set(words(BARGE_IN)), "all of it, once they have said it"
        believed = words(reply.removesuffix(" —"))
        assert STORY.startswith(reply.removesuffix(" —"))
        assert misheard(believed, recorded) <= 2, f"believed {believed}, recorded {recorded}"


def _after_a_cut(talk: Talk) -> list[tuple[str, str]] | None:
    """A reply that was cut, and what the person said then, as the model reads them."""
    for prompt in talk.prompts():
        if [role for role, _ in prompt[-2:]] == ["assistant", "user"] and prompt[-2][1].endswith(" —"):
            return prompt[-2:]
    return None


@pytest.mark.alone
async def test_who_leaves_and_returns_hears_the_rest(new_talk: NewTalk, new_caller: NewCaller) -> None:
    async with new_talk(greeting=None) as talk:
        await talk.ask("And then?", STORY)
        await asyncio.sleep(1.5)
        await talk.caller.leave()
        await asyncio.sleep(1.0)
        async with new_caller() as again:
            talk.caller = again
            heard_at = await talk.caller.hears()
            await talk.is_said(STORY)
            rest = talk.recorded(heard_at)
            assert is_nearly(rest[-8:], " ".join(words(STORY)[-8:])), rest
            answered_at = await talk.ask(QUESTION, ANSWER)
            await talk.is_said(ANSWER)
        assert is_nearly(talk.recorded(answered_at), ANSWER)


@pytest.mark.alone
async def test_a_reconnect_does_not_end_the_conversation(new_talk: NewTalk) -> None:
    async with new_talk() as talk:
        await talk.caller.hears()
        await talk.is_said(GREETING)
        connection = membership_of(talk.bot)._connection
        assert connection is not None
        events = talk.bot.events()
        await connection._room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
        await anext(event async for event in events if isinstance(event, ConnectionRestored))
        await asyncio.sleep(1.0)  # both sides subscribe again
        await talk.ask(QUESTION, ANSWER)
        await talk.is_said(ANSWER)
        greeting, *asked, answered = talk.bot.history
        assert (greeting.text, answered.text) == (GREETING, ANSWER)
        assert understood((word for message in asked for word in words(message.text)), words(QUESTION))


@pytest.fixture
def providers() -> Iterator[dict[str, str]]:
    """The settings that lead to simulated providers in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.providers"], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()


async def test_a_command_that_is_told_to_leave_in_mid_reply_keeps_what_was_heard(
    livekit_server: Server, room_name: str, tmp_path: Path, new_caller: NewCaller, providers: dict[str, str]
) -> None:
    journal = tmp_path / "journal.jsonl"
    settings = {**server_settings(livekit_server), **providers, "BOT_GREETING": STORY, "BOT_JOURNAL": str(journal)}
    for variable in NO_PROVIDERS:
        del settings[variable]
    async with new_caller() as caller:
        with BotProcess("--room", room_name, settings=settings, folder=tmp_path) as bot:
            await caller.hears()
            await asyncio.sleep(2.0)
            bot.send(signal.SIGTERM)
            assert await bot.ends() == ExitCode.OK
    entries = [entry.event for entry in read_journal(journal) if isinstance(entry, Entry)]
    (ended,) = [event for event in entries if isinstance(event, ReplyEnded)]
    assert ended.is_cut
    assert 1 <= len(ended.heard.split()) < len(STORY.split())
    assert STORY.startswith(ended.heard)


@pytest.mark.smoke
async def test_a_key_that_a_provider_refuses_ends_the_command(
    livekit_server: Server, room_name: str, tmp_path: Path, providers: dict[str, str]
) -> None:
    wrong = "a-key-that-nobody-knows"
    settings = {**server_settings(livekit_server), **providers, "DEEPGRAM_API_KEY": wrong}
    for variable in NO_PROVIDERS:
        del settings[variable]
    with BotProcess("--room", room_name, settings=settings, folder=tmp_path) as bot:
        assert await bot.ends() == ExitCode.PROVIDER
    assert "check DEEPGRAM_API_KEY" in bot.output
    assert wrong not in bot.output
    assert "Traceback" not in bot.output
