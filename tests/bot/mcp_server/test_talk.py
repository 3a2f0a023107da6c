"""An assistant talks with a person in a real room, by the real client over both transports."""

import asyncio
from functools import partial

import pytest

from bot.assembly.status import SILENT_DB
from bot.mcp_server import room_session as stays
from bot.mcp_server import tool_call as calls
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE
from tests.bot.conftest import NewCaller
from tests.bot.mcp_server.conftest import World
from tests.bot.mcp_server.mcp_client import Desk, Transport
from tests.support.caller import Caller
from tests.support.sentences import sentence

pytestmark = pytest.mark.sfu

QUESTION = "Amber brick?"
LONG = "Amber brick candle desert engine falcon garden harbor. Island jungle kettle ladder magnet needle orange pepper."


async def hears(caller: Caller) -> float:
    """The bot begins to speak."""
    return await caller.hears(asyncio.get_running_loop().time())


async def is_silent(caller: Caller, after: float) -> float:
    return await caller.until(lambda: caller.recording.silent_after(after, sustained=0.5), 20.0)


async def answer(caller: Caller, text: str, seed: int = 0) -> None:
    """Hear a question to its end, and say something."""
    spoken = sentence(text, seed=seed)  # before: making it would tear holes into what is playing
    await is_silent(caller, await hears(caller))
    await caller.play(spoken, LISTEN_RATE)


@pytest.mark.alone
@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_a_question_is_asked_and_the_answer_returned(
    world: World, room_name: str, new_caller: NewCaller, transport: Transport
) -> None:
    async with new_caller() as caller, world.desk(transport) as call:
        joined = await call("join_room", room=room_name)
        assert (joined["room"], joined["problem"], joined["other_bots"]) == (room_name, None, 0)
        assert [(person["identity"], person["is_partner"]) for person in joined["people"]] == [("caller", True)]
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(caller, "My name is Ada."))
            asked = await call("ask", text=QUESTION)
        assert asked == {
            "question_heard": QUESTION,
            "interrupted": False,
            "text": "My name is Ada.",
            "still_listening": False,
            "problem": None,
            "cursor": joined["cursor"] + 2,
        }
        lines = (await call("get_transcript", since=joined["cursor"]))["lines"]
        assert [(line["speaker"], line["text"]) for line in lines] == [("you", QUESTION), ("person", "My name is Ada.")]
        resource = await call.client.read_resource("room://transcript")
        assert resource.contents[0].text == f"bot: {QUESTION}\nperson: My name is Ada."  # type: ignore[union-attr]
        status = await call("room_status")
        assert (status["people"], status["problem"]) == (
            [{"identity": "caller", "kind": "STANDARD", "microphone": "live", "is_partner": True}],
            None,
        )
        await call("leave_room")
        await caller.until(lambda: not caller.room.remote_participants)
    assert world.model.requests == []


@pytest.mark.alone
async def test_who_interrupts_is_told_to_the_assistant_with_what_was_heard_by_then(
    world: World, room_name: str, new_caller: NewCaller
) -> None:
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        saying = asyncio.ensure_future(call("say", text=LONG))
        await hears(caller)
        await asyncio.sleep(1.0)
        played = caller.start_playing(sentence("No thanks."), LISTEN_RATE)
        said = await saying
        assert said["interrupted"]
        assert LONG.startswith(said["heard"])
        assert 1 <= len(said["heard"].split()) < len(LONG.split())
        await played.finished
        heard = await call("listen")
        assert (heard["text"], heard["still_listening"]) == ("No thanks.", False)


@pytest.mark.alone
@pytest.mark.slow
async def test_time_that_is_up_loses_no_word(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of a sentence that goes on, nor of one that nobody listened to; meanwhile it is told how it goes."""
    monkeypatch.setattr(calls, "PROGRESS_INTERVAL", 0.2)
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        playing = caller.start_playing(sentence("One two three. One two three."), LISTEN_RATE)
        heard = await call("listen", seconds=1.2)
        assert heard["still_listening"]
        assert heard["text"]
        assert "One two three. One two three.".startswith(heard["text"])
        assert "the person is speaking" in call.progress
        await playing.finished
        await _grows(call, 1)  # nobody listens
        await caller.play(sentence("Yes please.", seed=1), LISTEN_RATE)
        await _grows(call, 2)
        heard = await call("listen", seconds=5)
        assert heard["text"] == "One two three. One two three. Yes please."
        nothing = await call("ask", text=QUESTION, seconds=0.5)
        assert (nothing["text"], nothing["still_listening"], nothing["question_heard"]) == ("", True, QUESTION)
        await caller.play(sentence("Tell me more?", seed=2), LISTEN_RATE)
        assert (await call("listen", seconds=5))["text"] == "Tell me more?"


async def _grows(call: Desk, length: int) -> None:
    """The transcript gets so many lines."""
    async with asyncio.timeout(10.0):
        while len((await call("get_transcript"))["lines"]) < length:
            await call("room_status")


@pytest.mark.alone
@pytest.mark.slow
async def test_a_call_comes_back_in_time_and_the_text_goes_on(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CALL_LIMIT", 1.0)
    async with new_caller() as caller, world.desk() as call:
        joined = await call("join_room", room=room_name)
        said = await call("say", text=LONG)
        assert (said["heard"], said["still_speaking"]) == (None, True)
        asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["still_listening"]) == (None, True)
        monkeypatch.undo()
        await caller.until(lambda: caller.recording.silent_after(0.0, sustained=1.5), 20.0)
        await caller.play(sentence("Yes please."), LISTEN_RATE)
        assert (await call("listen"))["text"] == "Yes please."
        lines = (await call("get_transcript", since=joined["cursor"]))["lines"]
        assert [line["text"] for line in lines] == [LONG, QUESTION, "Yes please."]


@pytest.mark.slow
async def test_a_cancelled_call_ends_what_it_said_and_nothing_else(
    world: World, room_name: str, new_caller: NewCaller
) -> None:
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        for tool, arguments in (("say", {"text": LONG}), ("listen", {})):
            calling = asyncio.ensure_future(call(tool, **arguments))
            if tool == "say":
                await hears(caller)
            await asyncio.sleep(1.0)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
            await is_silent(caller, asyncio.get_running_loop().time())
        lines = (await call("get_transcript"))["lines"]
        assert [(line["speaker"], line["interrupted"]) for line in lines] == [("you", True)]
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(caller, "Yes please."))
            assert (await call("ask", text=QUESTION))["text"] == "Yes please."


async def test_interrupt_takes_back_what_waits_as_well(world: World, room_name: str, new_caller: NewCaller) -> None:
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(call("say", text=LONG))
            second = group.create_task(call.refuses("say", text=LONG))
            await hears(caller)
            await asyncio.sleep(0.5)
            interrupted = await call("interrupt")
        assert first.result()["interrupted"]
        assert interrupted["heard"] == first.result()["heard"] != ""
        assert (await call("interrupt"))["heard"] is None
        assert "taken back" in second.result()
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(1.0)
        assert caller.recording.onset_after(now + 0.3) is None


async def test_why_nothing_is_heard_is_said(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "DEAF_DELAY", 0.5)
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        caller.mute()
        heard = await call("listen")
        assert heard["still_listening"]
        assert "microphone is muted" in heard["problem"]
        status = await call("room_status")
        assert (status["people"][0]["microphone"], status["microphone_level_db"]) == ("muted", None)
        await caller.leave()
        await call("send_message", text="Are you there?")  # to whom it may concern


@pytest.mark.alone
async def test_a_microphone_that_gives_nothing_is_a_problem_when_that_lasts(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app may send no noise of the room, so that nothing comes between two sentences."""
    async with new_caller() as caller, world.desk() as call:
        problems = [(await call("join_room", room=room_name))["problem"]]
        await caller.play(sentence("Yes please."), LISTEN_RATE)
        problems += [(await call("listen"))["problem"]]
        async with asyncio.timeout(5.0):
            while ((status := await call("room_status"))["microphone_level_db"] or 0.0) > SILENT_DB:
                problems.append(status["problem"])
        assert {*problems, status["problem"]} == {None}
        monkeypatch.setattr("bot.assembly.status.UNHEARD_DELAY", 0.0)
        assert "gives silence" in (await call("room_status"))["problem"]


@pytest.mark.alone
@pytest.mark.slow
async def test_nobody_there(world: World, room_name: str, new_caller: NewCaller) -> None:
    """A text that nobody would hear is not spoken; who comes later is heard."""
    async with new_caller(kind="agent", identity="another-bot"), world.desk(BOT_IDENTITY="rawbot") as call:
        joined = await call("join_room", room=room_name)
        assert (joined["people"], joined["problem"]) == ([], "nobody is in the room: ask somebody to join it")
        assert joined["other_bots"] == 1
        assert "nobody is in the room" in await call.refuses("say", text=QUESTION)
        assert "nobody is in the room" in await call.refuses("ask", text=QUESTION)
        async with new_caller(listen_to="rawbot") as caller:
            await call("listen", seconds=1)
            async with asyncio.TaskGroup() as group:
                group.create_task(answer(caller, "Yes please."))
                assert (await call("ask", text=QUESTION))["text"] == "Yes please."


async def test_who_has_left_is_not_waited_for(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is away may come back: they are waited for as long as the call says; who has left is not asked any more."""
    monkeypatch.setattr(stays, "VoiceBot", partial(VoiceBot, grace_delay=3.0))
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        await caller.leave()
        async with asyncio.timeout(2.0):
            while "a moment ago" not in str((await call("room_status"))["problem"]):
                pass
        async with asyncio.timeout(2.0):
            asked = await call("ask", text=QUESTION, seconds=0.5)
        assert (asked["question_heard"], asked["text"], asked["still_listening"]) == (None, "", True)
        assert "left the room a moment ago" in asked["problem"]
        async with asyncio.timeout(6.0), asyncio.TaskGroup() as group:
            saying = group.create_task(call.refuses("say", text=QUESTION))
            asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["text"], asked["still_listening"]) == ("", "", False)
        assert asked["problem"].startswith("caller has left the room; nobody is in the room")
        assert "caller has left the room" in saying.result()


@pytest.mark.alone
async def test_one_call_at_a_time_waits_for_the_answer(world: World, room_name: str, new_caller: NewCaller) -> None:
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(call("ask", text=QUESTION))
            await hears(caller)
            for tool, arguments in (("ask", {"text": "Candle desert?"}), ("listen", {})):
                assert "another call waits for what the person says" in await call.refuses(tool, **arguments)
            await is_silent(caller, asyncio.get_running_loop().time())
            await caller.play(sentence("Yes please."), LISTEN_RATE)
        assert asking.result()["text"] == "Yes please."
        lines = (await call("get_transcript"))["lines"]
        assert [line["text"] for line in lines] == [QUESTION, "Yes please."]


@pytest.mark.smoke
async def test_messages(world: World, room_name: str, new_caller: NewCaller) -> None:
    """Chat in the room that one is in, a data packet into any other."""
    packets: list[bytes] = []
    async with new_caller() as caller, world.desk() as call:
        caller.room.on("data_received", lambda packet: packets.append(packet.data))
        assert await call("send_message", text="Grüße", room=room_name) == {"room": room_name, "how": "data"}
        await caller.until(lambda: packets)
        assert packets == ['{"type": "chat", "content": "Grüße", "sender": "rawbot"}'.encode()]
        assert "call join_room" in await call.refuses("send_message", text="Hello.")
        assert "there is no room 'nowhere'" in await call.refuses("send_message", text="Hello.", room="nowhere")
        await call("join_room", room=room_name)
        for arguments in ({}, {"room": room_name}):
            assert await call("send_message", text="Hello.", **arguments) == {"room": room_name, "how": "chat"}
        await caller.until(lambda: [text.text for text in caller.texts.chat()] == ["Hello.", "Hello."])
