"""A program's own bots in real rooms: what only a room can show; all else is in test_voicebot."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient

from bot import MessageAdded, SpeechResult, VoiceBot
from bot.room.attributes import STATE_ATTRIBUTE
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.events import ConnectionRestored, PersonLinked, PlayoutStarted
from tests.bot.conftest import NewBot, NewCaller
from tests.support.access import Server, access_token
from tests.support.bot_process import JOINED, BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import OpenAISimulator
from tests.support.sentences import sentence
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.sfu

KEY = "simulated-key"
REPLY = "Orange pepper."
TURNS = "One two. Yes please. No thanks. Tell me more?"


@pytest.fixture
async def model(
    livekit_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenAISimulator]:
    """An environment that leads to the server and to simulated providers, the language model among them."""
    async with (
        DeepgramSimulator(vocabulary=TURNS.split(), api_key=KEY) as deepgram,
        OpenAISimulator(reply=lambda _: REPLY, api_key=KEY) as openai,
        CartesiaSimulator(api_key=KEY) as cartesia,
    ):
        for vendor, url in {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}.items():
            monkeypatch.setenv(f"{vendor}_BASE_URL", url)
            monkeypatch.setenv(f"{vendor}_API_KEY", KEY)
        monkeypatch.setenv("LIVEKIT_URL", livekit_server.url)
        monkeypatch.setenv("LIVEKIT_API_KEY", livekit_server.api_key)
        monkeypatch.setenv("LIVEKIT_API_SECRET", livekit_server.api_secret)
        monkeypatch.chdir(tmp_path)
        yield openai


@pytest.mark.alone
async def test_a_bot_in_a_room_of_the_programs_own(
    model: OpenAISimulator, livekit_server: Server, room_name: str, new_caller: NewCaller
) -> None:
    """It comes into a connected room, talks, and leaves it as it was."""
    room = rtc.Room()
    key, secret = livekit_server.api_key, livekit_server.api_secret
    await room.connect(livekit_server.url, access_token(key, secret, room=room_name, identity="program", kind="agent"))
    told: list[str] = []
    try:
        async with new_caller(listen_to="program") as caller:
            async with VoiceBot(room=room, history=[], instructions="Be brief.") as bot:
                bot.on_shutdown(told.append)
                said = await bot.generate_reply("Say orange.")
                assert said == SpeechResult(REPLY, REPLY, False)
                await caller.hears()
                await bot.send_message("Written.")
                await caller.until(lambda: [text.text for text in caller.texts.chat("program")] == ["Written."])
            assert told == ["CLIENT_INITIATED"]
            assert room.isconnected()
            assert not room.local_participant.track_publications
            program = caller.room.remote_participants["program"]
            await caller.until(lambda: not program.attributes.get(STATE_ATTRIBUTE))
            assert "Say orange." in model.requests[0].body["messages"][-1]["content"]
            async with VoiceBot(room=room, llm=None) as bot:
                assert (await bot.say("Pepper.")).heard == "Pepper."
                saying = asyncio.create_task(bot.say("Pepper, salt, and a very long list of other things."))
                await anext(event async for event in bot.events() if isinstance(event, PlayoutStarted))
                await asyncio.sleep(1.0)
            await asyncio.wait({saying})
            (_, cut) = bot.history
            assert cut.cut
            last = caller.texts.segments("program")[-1]
            await caller.until(lambda: (last.text, last.final, last.closed_at is not None) == (cut.text, True, True))
    finally:
        await room.disconnect()


@pytest.mark.alone
async def test_two_bots_in_two_rooms_of_one_process(
    model: OpenAISimulator, livekit_server: Server, room_name: str
) -> None:
    """Each hears its own caller, and asks its own model: a busy machine may tear words, and mixes none up."""

    async def conversation(room: str, words: str, spoken: Pcm) -> None:
        server = livekit_server
        async with (
            Caller(server.url, server.api_key, server.api_secret, room=room) as caller,
            VoiceBot(room=room, instructions=f"You are in {room}.") as bot,
        ):
            told = bot.events()
            assert (await bot.say("Ladder.")).heard == "Ladder."
            await caller.play(spoken, LISTEN_RATE)
            async for event in told:
                if isinstance(event, MessageAdded) and event.message.text == REPLY:
                    break
            heard = [message.text for message in bot.history if message.role == "user"]
        assert heard
        assert {word for text in heard for word in text.split()} <= set(words.split())
        asked = [request.body["messages"] for request in model.requests if f"in {room}." in str(request.body)]
        assert asked[-1][-1]["content"] == heard[-1]

    rooms = {f"{room_name}-a": "One two.", f"{room_name}-b": "Tell me more?"}
    # Made before: it takes so long that it would tear a hole into what the other caller is saying.
    spoken = {words: sentence(words) for words in rooms.values()}
    async with asyncio.timeout(WAIT_LIMIT):
        await asyncio.gather(*(conversation(room, words, spoken[words]) for room, words in rooms.items()))


async def test_a_bug_in_the_bot_cancels_the_block_and_comes_out_of_it(
    new_bot: NewBot, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a callback of the client's, as in a task."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async def serve(in_callback: bool) -> None:
        async with new_caller() as caller, new_bot() as bot:
            await bot.hears(caller, 700)
            if in_callback:
                monkeypatch.setattr(bot.membership.voice, "subscribed", broken)
                await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
            else:
                monkeypatch.setattr(bot.microphone, "_take", broken)
            async with asyncio.timeout(WAIT_LIMIT):
                await asyncio.Event().wait()

    for in_callback in (True, False):
        with pytest.raises(ZeroDivisionError, match="a bug"):
            await serve(in_callback)


@pytest.mark.smoke
async def test_nothing_is_left_behind(new_bot: NewBot, new_caller: NewCaller) -> None:
    """No task, and no subscription to the native library's events, however often a bot comes and goes."""

    def subscribers() -> int:
        gc.collect()
        return len(FfiClient.instance.queue._subscribers)

    async with new_caller() as caller:
        await asyncio.sleep(0.2)
        tasks, before = asyncio.all_tasks(), subscribers()
        for again in range(4):
            async with new_bot() as bot:
                await bot.next(PersonLinked)
                if again % 2 == 0:
                    await bot.hears(caller, 700)
                if again == 3:
                    await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
                    await bot.next(ConnectionRestored)
                    await bot.hears(caller, 800)
            # Who leaves right after a full reconnect may stay in the server's list until it misses the pings.
            await caller.until(lambda: not caller.room.remote_participants)
            await caller.until(lambda: asyncio.all_tasks() == tasks)
            assert subscribers() == before


PROGRAM = """
import asyncio
from bot import VoiceBot

async def main(room, delay):
    async def hook(reason):
        await asyncio.sleep(delay)
        print("hook:", room, reason, flush=True)

    async with VoiceBot(room=room, stt=None, llm=None, tts=None) as bot:
        bot.on_shutdown(hook)
        print("joined the room", room, flush=True)
        await bot.wait_closed()

async def both():
    await asyncio.gather(main("{room}-a", 0.0), main("{room}-b", 0.5))

asyncio.run(both())
"""


@pytest.mark.smoke
async def test_a_program_that_is_told_to_end_has_its_hooks_called(
    livekit_server: Server, room_name: str, tmp_path: Path
) -> None:
    """It has no handler of its own: without the bots the signal would end it at once.

    The first of the two to leave its block ends the program, which must not break the other one's hook off.
    """
    settings = server_settings(livekit_server)
    program = ("-c", PROGRAM.replace("{room}", room_name))
    with BotProcess(settings=settings, folder=tmp_path, program=program) as bot:
        rooms = [f"{room_name}-{name}" for name in "ab"]
        for room in rooms:
            await bot.says(f"{JOINED}{room}\n")
        bot.send(signal.SIGTERM)
        await bot.ends()
    for room in rooms:
        assert f"hook: {room} SIGTERM" in bot.output
