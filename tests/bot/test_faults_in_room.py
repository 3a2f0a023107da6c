"""Faults in a real room: providers that break off, a connection, a server or a network that fails in mid-call.

Judged by words and by the history: how long things take is for the benchmark, see docs/failover.md.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE
from pipeline.errors import Refused
from scripts.livekit.local import LocalServer
from tests.bot.conftest import NewCaller
from tests.support.access import Server
from tests.support.caller import Caller
from tests.support.faulty_providers import STORY, FaultyProviders, words
from tests.support.lossy_path import CONFIG, LossyPath
from tests.support.sentences import sentence
from tests.support.tone_code import misheard, words_in
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.sfu

QUESTION = "Kettle ladder magnet needle orange pepper?"
AGAIN = "Zipper anchor bottle copper?"


class Call:
    """A bot, its providers, and a caller."""

    def __init__(self, bot: VoiceBot, providers: FaultyProviders, caller: Caller) -> None:
        self.bot, self.providers, self.caller = bot, providers, caller

    async def ask(self, text: str = QUESTION) -> None:
        """Say something; an answer begins to be heard."""
        spoken = await self.caller.play(sentence(text), LISTEN_RATE)
        self.asked_at = spoken.end_at
        self.heard_at = await self.caller.hears(spoken.end_at)

    async def is_answered(self, answers: int = 1) -> None:
        """Wait until so many answers are in the history, the last one whole, and was heard."""
        await self.caller.until(lambda: len(self.answers) >= answers and self.answers[-1] == STORY)
        said_at = asyncio.get_running_loop().time()
        await self.caller.until(lambda: self.caller.recording.silent_after(said_at))

    @property
    def answers(self) -> list[str]:
        """What the bot has said."""
        return [message.text for message in self.bot.history if message.role == "assistant"]

    @property
    def asked(self) -> list[str]:
        """The words of the person, in their order: on a busy machine a question may be two turns."""
        return [word for message in self.bot.history if message.role == "user" for word in words(message.text)]

    def recorded(self, since: float) -> list[str]:
        """The words that the caller has heard since a loop time; what a hold tears comes again whole."""
        heard = self.caller.recording.slice(since, asyncio.get_running_loop().time())
        found = [word for word in words_in(heard, self.caller.recording.rate, words(STORY)) if word[0] != "?"]
        return [word for index, word in enumerate(found) if found[index - 1 : index] != [word]]

    def check_heard(self, since: float) -> None:
        """The caller has heard the whole story, but for a third of it, which a busy machine may tear."""
        heard = self.recorded(since)
        assert misheard(heard, words(STORY)) <= len(words(STORY)) // 3, heard


def is_understood(asked: list[str], *texts: str) -> bool:
    """Each word at most once and in its order, and most of them: a machine that stalls may tear one."""
    said = [word for text in texts for word in words(text)]
    rest = iter(said)
    return all(word in rest for word in asked) and len(asked) >= 2 * len(said) / 3


NewCall = Callable[..., AbstractAsyncContextManager[Call]]


@pytest.fixture
def new_call(livekit_server: Server, room_name: str, tmp_path: Path, new_caller: NewCaller) -> NewCall:
    """A caller in a room, and a bot; `server` when it is not the common one."""

    @asynccontextmanager
    async def call(server: Server | None = None, **options: object) -> AsyncIterator[Call]:
        at = server or livekit_server
        async with FaultyProviders(f"{QUESTION} {AGAIN}") as providers:
            environ = {"LIVEKIT_API_KEY": at.api_key, "LIVEKIT_API_SECRET": at.api_secret, **providers.settings}
            settings = load_settings({"room": room_name, "url": at.url, **options}, environ=environ, directory=tmp_path)
            async with new_caller(server=at) as caller, VoiceBot(settings) as bot:
                await caller.until(lambda: [state for _, state in caller.agent_states()][-1:] == ["listening"])
                yield Call(bot, providers, caller)

    return call


async def test_providers_that_break_off_in_one_call_cost_no_word(new_call: NewCall) -> None:
    """The transcriber in mid-utterance, the voice and the model in mid-reply; then the model's key is withdrawn."""
    with suppress(Refused):
        async with new_call() as call:
            await _survives(call)
            call.providers.refuse_model()
            spoken = await call.caller.play(sentence(AGAIN), LISTEN_RATE)
            await call.caller.hears(spoken.end_at)  # an apology
            await call.caller.until(lambda: len(call.answers) > 3)
    assert call.answers[:3] == [STORY] * 3


async def _survives(call: Call) -> None:
    """Each of the three breaks off once; the whole answer is heard, and the whole question understood."""
    playing = call.caller.start_playing(sentence(QUESTION), LISTEN_RATE)
    await asyncio.sleep(1.2)
    async with call.providers.deepgram.outage():
        await asyncio.sleep(0.3)
    began_at = (await playing.finished).end_at
    await call.is_answered()
    assert is_understood(call.asked, QUESTION)
    call.check_heard(began_at)
    for number, stage in enumerate(("voice", "model"), 2):
        if stage == "voice":
            call.providers.drop_voice(after=2.0)
        else:
            call.providers.drop_model(after=20)
        requests = len(call.providers.openai.requests)
        await call.ask(AGAIN)
        await call.is_answered(number)
        call.check_heard(call.asked_at)
        assert call.answers == [STORY] * number
    assert len(call.providers.openai.requests) > requests + 1, "it was asked to go on"
    assert not call.providers.cartesia.faults, "the voice has broken off"
    assert is_understood(call.asked, QUESTION, AGAIN, AGAIN)


async def test_a_server_that_stands_still_and_a_network_that_loses_packets(
    server_binary: Path, new_call: NewCall
) -> None:
    """Ten seconds in the middle of a reply, which is then said to its end; after that one packet in ten, both ways.

    The codec's redundancy mends most of what is lost.
    """
    with LocalServer(server_binary, config=CONFIG) as server:
        assert server._ports is not None
        async with LossyPath(server._ports[2], loss=0.0) as path, new_call(server.info) as call:
            await call.ask()
            assert server.pid is not None
            os.kill(server.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(10.0)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            await call.is_answered()
            asked = list(call.asked)
            await _asks_until_answered(call)
            assert call.asked[: len(asked)] == asked
            assert call.answers[-1] == STORY
            answers, before = len(call.answers), len(call.asked)
            path.loss = 0.1
            await call.ask()
            await call.is_answered(answers + 1)
            call.check_heard(call.asked_at)
            assert is_understood(call.asked[before:], QUESTION)
            assert path.lost > 50, "the network was bad"


async def _asks_until_answered(call: Call) -> None:
    """Ask again where a question falls into what is left of the fault."""
    for attempt in range(3):
        spoken = await call.caller.play(sentence(AGAIN), LISTEN_RATE)
        try:
            await call.caller.hears(spoken.end_at, 10.0 if attempt < 2 else WAIT_LIMIT)
        except TimeoutError:
            continue
        break
    await call.is_answered()
