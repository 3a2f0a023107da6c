"""Somebody's own program with bots in real rooms: it asks and listens itself, and lives on when its bot does not."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import api, rtc

from bot import MessageAdded, SpeechResult, VoiceBot
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import Refused, RoomClosed, VoiceBotError
from pipeline.providers.openai import OpenAIChat
from tests.bot.conftest import NewCaller
from tests.support.access import Server, access_token
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import OpenAISimulator
from tests.support.sentences import sentence

pytestmark = pytest.mark.sfu

KEY = "simulated-key"
QUESTION = "Amber brick candle desert engine falcon garden harbor?"
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


@pytest.mark.smoke
@pytest.mark.alone
async def test_a_manual_bot_asks_and_listens(model: OpenAISimulator, room_name: str, new_caller: NewCaller) -> None:
    async with new_caller() as caller, VoiceBot(room=room_name, llm=None) as bot:
        asking = asyncio.ensure_future(bot.ask("Amber brick?", timeout=10.0))
        asked_at = await caller.hears()
        await caller.until(lambda: caller.recording.silent_after(asked_at, sustained=0.5))
        await caller.play(sentence("Yes please."), LISTEN_RATE)
        answer = await asking
        assert (answer.question, answer.text, answer.is_over) == (
            SpeechResult("Amber brick?", "Amber brick?", False),
            "Yes please.",
            True,
        )
        assert (bot.linked, bot.people()[0].microphone, bot.hearing().problem) == ("caller", "live", None)

        # Who answers before the question has ended breaks it off.
        asking = asyncio.ensure_future(bot.ask(QUESTION, timeout=10.0))
        await caller.hears(asyncio.get_running_loop().time())
        await asyncio.sleep(0.8)
        await caller.play(sentence("No thanks.", seed=1), LISTEN_RATE)
        answer = await asking
        assert (answer.text, answer.question.cut) == ("No thanks.", True)
        assert QUESTION.startswith(answer.question.heard)
        assert len(answer.question.heard) < len(QUESTION)

        # Time that is up loses nothing.
        nothing = await bot.listen(timeout=0.1)
        assert (nothing.text, nothing.is_over) == ("", False)
        await caller.play(sentence("Tell me more?", seed=2), LISTEN_RATE)
        heard = await bot.listen(timeout=10.0)
        assert (heard.text, heard.is_over) == ("Tell me more?", True)
    assert model.requests == []


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
            assert "Say orange." in model.requests[0].body["messages"][-1]["content"]
            with pytest.raises(VoiceBotError, match="make a new one"):
                await bot.__aenter__()
            async with VoiceBot(room=room, llm=None) as bot:
                assert (await bot.say("Pepper.")).heard == "Pepper."
    finally:
        await room.disconnect()


@pytest.mark.alone
@pytest.mark.slow
async def test_two_bots_in_two_rooms_of_one_process(
    model: OpenAISimulator, livekit_server: Server, room_name: str
) -> None:
    """What a stall of the machine tears while a caller says it may be misheard: then they say it in another room."""

    async def conversation(room: str, words: str, spoken: Pcm) -> None:
        server = livekit_server
        async with (
            Caller(server.url, server.api_key, server.api_secret, room=room) as caller,
            VoiceBot(room=room, instructions=f"You are in {room}.") as bot,
        ):
            told = bot.events()
            await bot.say("Ladder.")
            was_torn = (await caller.play(spoken, LISTEN_RATE)).underruns > 0
            texts: list[str] = []
            while len(texts) < 3:
                event = await anext(told)
                if isinstance(event, MessageAdded):
                    texts.append(event.message.text)
        if was_torn and texts[1] != words:
            await conversation(f"{room}-again", words, spoken)
            return
        assert texts == ["Ladder.", words, REPLY]
        asked = [request.body["messages"] for request in model.requests if f"in {room}." in str(request.body)]
        assert asked[-1][-1]["content"] == words

    rooms = {f"{room_name}-a": "One two.", f"{room_name}-b": "Tell me more?"}
    # Made before: it takes so long that it would tear a hole into what the other caller is saying.
    spoken = {words: sentence(words) for words in rooms.values()}
    async with asyncio.timeout(30):
        await asyncio.gather(*(conversation(room, words, spoken[words]) for room, words in rooms.items()))


async def test_whatever_is_asked_of_a_bot_that_breaks_is_told_why(
    model: OpenAISimulator, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the moment between the break and the end, in which it leaves the room."""
    is_asked = asyncio.Event()
    warm = OpenAIChat.warm

    async def warms_late(model: OpenAIChat) -> None:
        await is_asked.wait()
        await warm(model)

    monkeypatch.setattr(OpenAIChat, "warm", warms_late)
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    speech_queue: list[asyncio.Task[SpeechResult]] = []

    async def broken() -> None:
        async with VoiceBot(room=room_name) as bot:
            while not any(saying.done() for saying in speech_queue):
                speech_queue.append(asyncio.ensure_future(bot.say("Amber.")))
                await asyncio.sleep(0.005)
                is_asked.set()

    with pytest.raises(Refused, match="OPENAI_API_KEY"):
        await broken()
    told = await asyncio.gather(*speech_queue, return_exceptions=True)
    assert {type(error) for error in told} == {Refused}


async def test_a_room_that_ends_ends_what_waits(
    model: OpenAISimulator, livekit_server: Server, room_name: str, new_caller: NewCaller
) -> None:
    reasons: list[str] = []
    async with new_caller(), VoiceBot(room=room_name, llm=None) as bot:
        bot.on_shutdown(reasons.append)
        listening = asyncio.ensure_future(bot.listen())
        await asyncio.sleep(0.2)
        key, secret = livekit_server.api_key, livekit_server.api_secret
        async with api.LiveKitAPI(livekit_server.url, key, secret) as admin:
            await admin.room.delete_room(api.DeleteRoomRequest(room=room_name))
        with pytest.raises(RoomClosed, match="ROOM_DELETED"):
            await listening
        with pytest.raises(RoomClosed, match="ROOM_DELETED"):
            await bot.ask("Still there?")
    assert reasons == ["ROOM_DELETED"]


async def test_an_error_of_the_program_leaves_the_room(
    model: OpenAISimulator, room_name: str, new_caller: NewCaller
) -> None:
    reasons: list[str] = []
    async with new_caller() as caller:

        async def program() -> None:
            async with VoiceBot(room=room_name, llm=None) as bot:
                bot.on_shutdown(reasons.append)
                raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await program()
        await caller.until(lambda: not caller.room.remote_participants)
    assert reasons == ["CLIENT_INITIATED"]


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
        await bot.joined()
        await asyncio.sleep(1.0)
        bot.send(signal.SIGTERM)
        await bot.ends()
    for room in (f"{room_name}-a", f"{room_name}-b"):
        assert f"hook: {room} SIGTERM" in bot.output
