"""An assistant talks with a person in a scene."""

import asyncio

import pytest
from mcp.types import TextResourceContents

from bot.mcp_server import tool_call
from bot.mcp_server.limits import CALL_LIMIT, DEAF_DELAY
from pipeline.events import Joined, PersonLinked
from pipeline.testing import Scene, virtual_time
from pipeline.testing.microphone import SceneMicrophone
from tests.bot.mcp_server.scene_client import ROOM, client_in

QUESTION = "Which color?"
LONG = "Amber brick candle desert engine falcon garden harbor. Island jungle kettle ladder magnet needle orange pepper."
LONGER = " ".join([LONG] * 8)
"""50 seconds, more than a call may take."""


async def answer(scene: Scene, text: str, *, times: int = 1) -> None:
    """Hear the question to its end, think for a second, and speak."""
    await scene.hears("color?", times=times)
    await scene.pauses(1.0)
    scene.person.says(text)


def transcript(scene: Scene) -> list[str]:
    return [text for _, text in scene.history]


@virtual_time
async def test_a_question_is_asked_and_the_answer_returned() -> None:
    scene = Scene()
    async with client_in(scene, joins=False) as call:
        joined = await call("join_room", room=ROOM)
        person = {"identity": "ann", "kind": "STANDARD", "microphone": "live", "is_partner": True}
        assert joined == {"room": ROOM, "people": [person], "other_bots": None, "problem": None, "cursor": 0}
        scene.plays(answer(scene, "My name is Ada."))
        assert await call("ask", text=QUESTION) == {
            "question_heard": QUESTION,
            "interrupted": False,
            "text": "My name is Ada.",
            "still_listening": False,
            "problem": None,
            "cursor": 2,
        }
        assert (await call("get_transcript"))["lines"] == [
            {"speaker": "you", "text": QUESTION, "interrupted": False},
            {"speaker": "person", "text": "My name is Ada.", "interrupted": False},
        ]
        assert (await call("get_transcript", since=1))["lines"][0]["speaker"] == "person"
        (resource,) = (await call.client.read_resource("room://transcript")).contents
        assert isinstance(resource, TextResourceContents)
        assert resource.text == f"bot: {QUESTION}\nperson: My name is Ada."
        status = await call("room_status")
        assert (status["people"], status["problem"], status["bot_state"]) == ([person], None, "listening")
        assert (await call("leave_room"))["room"] == ROOM
        assert len((await call("get_transcript"))["lines"]) == 2, "it stays readable"
    scene.assert_requests(0)


@virtual_time
async def test_an_interruption_is_reported_with_what_was_heard_by_then() -> None:
    scene = Scene()
    scene.person.interrupts("No thanks.", on="desert")
    async with client_in(scene) as call:
        said = await call("say", text=LONG)
        assert (said["interrupted"], said["still_speaking"]) == (True, False)
        assert said["heard"].startswith("Amber brick candle desert")
        assert said["heard"] != LONG
        heard = await call("listen")
        assert (heard["text"], heard["still_listening"]) == ("No thanks.", False)


@virtual_time
async def test_an_answer_into_the_question_is_an_interruption() -> None:
    scene = Scene()
    scene.person.interrupts("No thanks.", on="desert")
    async with client_in(scene) as call:
        asked = await call("ask", text=LONG)
    assert (asked["interrupted"], asked["text"], asked["still_listening"]) == (True, "No thanks.", False)
    assert LONG.startswith(asked["question_heard"])


@virtual_time
async def test_no_word_is_lost_when_time_is_up() -> None:
    """Neither of a sentence that goes on, nor of one that nobody listened to, nor of a late answer."""
    scene = Scene()
    async with client_in(scene) as call:
        sentence = " ".join(["one two three"] * 8)
        scene.person.says(f"{sentence}.")
        heard = await call("listen", seconds=4)
        assert heard["still_listening"]
        assert heard["text"]
        assert sentence.startswith(heard["text"])
        assert call.progress == ["the person is speaking"]
        await scene.pauses(6.0)  # nobody listens
        scene.person.says("Yes please.")
        await scene.pauses(4.0)
        assert (await call("listen"))["text"] == f"{sentence}. Yes please."
        nothing = await call("ask", text=QUESTION, seconds=0.5)
        assert (nothing["text"], nothing["still_listening"], nothing["question_heard"]) == ("", True, QUESTION)
        scene.person.says("Tell me more?")
        assert (await call("listen"))["text"] == "Tell me more?"


@virtual_time
async def test_a_call_returns_in_time_and_the_text_goes_on() -> None:
    scene = Scene()
    loop = asyncio.get_running_loop()
    async with client_in(scene) as call:
        began_at = loop.time()
        said = await call("say", text=LONGER)
        assert loop.time() - began_at == pytest.approx(CALL_LIMIT, abs=0.5)
        assert (said["heard"], said["still_speaking"]) == (None, True)
        assert set(call.progress) == {"speaking"}
        assert len(call.progress) == pytest.approx(CALL_LIMIT / 3, abs=1)
        scene.plays(answer(scene, "Yes please.", times=1))
        asked = await call("ask", text=QUESTION, seconds=0.5)
        assert (asked["question_heard"], asked["text"], asked["still_listening"]) == (QUESTION, "", True)
        assert (await call("listen"))["text"] == "Yes please."
    assert transcript(scene) == [LONGER, QUESTION, "Yes please."]


@virtual_time
async def test_an_answer_that_comes_after_its_call_is_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question waits behind a long text, so the call that asks it returns first."""
    scene = Scene()
    async with client_in(scene) as call:
        monkeypatch.setattr(tool_call, "CALL_LIMIT", 2.0)
        assert (await call("say", text=LONG))["still_speaking"]
        asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["still_listening"]) == (None, True)
        monkeypatch.undo()
        scene.plays(answer(scene, "Yes please."))
        assert (await call("listen"))["text"] == "Yes please."
    assert transcript(scene) == [LONG, QUESTION, "Yes please."]


@virtual_time
async def test_a_cancelled_call_ends_what_it_said_and_nothing_else() -> None:
    scene = Scene()
    async with client_in(scene) as call:
        for tool, arguments in (("say", {"text": LONG}), ("listen", {})):
            calling = asyncio.ensure_future(call(tool, **arguments))
            await scene.pauses(2.0)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
            cut_at = scene.heard[-1].at
            await scene.pauses(3.0)
            assert scene.heard[-1].at == pytest.approx(cut_at, abs=1.0), "it goes on speaking"
        lines = (await call("get_transcript"))["lines"]
        assert [(line["speaker"], line["interrupted"]) for line in lines] == [("you", True)]
        scene.plays(answer(scene, "Yes please."))
        assert (await call("ask", text=QUESTION))["text"] == "Yes please."


@virtual_time
async def test_interrupt_drops_what_waits_as_well() -> None:
    scene = Scene()
    async with client_in(scene) as call:
        first = asyncio.ensure_future(call("say", text=LONG))
        await scene.hears("desert")
        second = asyncio.ensure_future(call.refuses("say", text=LONG))
        await scene.pauses(0.5)
        interrupted = await call("interrupt")
        assert (await first)["interrupted"]
        assert interrupted["heard"] == (await first)["heard"] != ""
        assert "taken back" in await second
        assert (await call("interrupt"))["heard"] is None
        words = len(scene.heard)
        await scene.pauses(5.0)
        assert len(scene.heard) == words


@virtual_time
async def test_too_many_texts_are_refused() -> None:
    scene = Scene()
    async with client_in(scene) as call:
        saying = [asyncio.ensure_future(call("say", text=QUESTION)) for _ in range(4)]
        await scene.hears("which")
        assert "too many texts wait to be spoken" in await call.refuses("say", text=QUESTION)
        assert [(await it)["heard"] for it in saying] == [QUESTION] * 4


@virtual_time
async def test_it_says_why_nothing_is_heard() -> None:
    """A muted microphone is waited for, as it may be about to be switched on, but not for the whole call."""
    scene = Scene()
    loop = asyncio.get_running_loop()
    async with client_in(scene) as call:
        scene.person.mutes(2.0, 100.0)
        await scene.until(3.0)
        began_at = loop.time()
        heard = await call("listen")
        assert loop.time() - began_at == pytest.approx(DEAF_DELAY, abs=1.5)
        assert heard["still_listening"]
        assert "microphone is muted" in heard["problem"]
        status = await call("room_status")
        assert (status["people"][0]["microphone"], status["microphone_level_db"]) == ("muted", None)
        assert await call("send_message", text="Are you there?") == {"room": ROOM, "how": "chat"}
    assert [text for _, text in scene.written] == ["Are you there?"]


@virtual_time
async def test_a_silent_microphone_is_a_problem_only_when_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app may send no noise of the room, so nothing comes between two sentences."""
    monkeypatch.setattr(SceneMicrophone, "level_db", property(lambda _: -90.0))
    scene = Scene()
    async with client_in(scene) as call:
        assert (await call("room_status"))["problem"] is None
        scene.person.says("Yes please.", at=4.0)
        assert (await call("listen"))["problem"] is None
        await scene.until(9.0)
        assert (await call("room_status"))["problem"] is None
        await scene.until(11.0)
        assert "gives silence" in (await call("room_status"))["problem"]


@virtual_time
async def test_nobody_there() -> None:
    """A text that nobody would hear is not spoken; a person who comes later is heard."""
    scene = Scene(joins=False)
    scene.dispatches(0.0, lambda at: Joined(at, ROOM, "rawbot"))
    scene.dispatches(20.0, lambda at: PersonLinked(at, "ann"))
    async with client_in(scene, joins=False) as call:
        joined = await call("join_room", room=ROOM)
        assert (joined["people"], joined["problem"]) == ([], "nobody is in the room: ask someone to join it")
        for tool in ("say", "ask"):
            assert "nobody is in the room" in await call.refuses(tool, text=QUESTION)
        await scene.until(21.0)
        scene.plays(answer(scene, "Yes please."))
        assert (await call("ask", text=QUESTION))["text"] == "Yes please."


@virtual_time
async def test_a_person_who_is_away_may_come_back() -> None:
    """A call waits for them as long as it was asked to, and a text that waits is heard when they are back."""
    scene = Scene()
    async with client_in(scene) as call:
        scene.person.goes(1.0, 8.0)
        await scene.until(2.0)
        assert "left the room a moment ago" in (await call("room_status"))["problem"]
        asked = await call("ask", text=QUESTION, seconds=0.5)
        assert (asked["question_heard"], asked["text"], asked["still_listening"]) == (None, "", True)
        assert "left the room a moment ago" in asked["problem"]
        scene.plays(answer(scene, "Yes please."))
        assert (await call("listen"))["text"] == "Yes please."


@virtual_time
async def test_a_person_who_has_left_is_not_waited_for() -> None:
    """Speech that was meant for them is dropped, and not spoken to the next person."""
    scene = Scene()
    loop = asyncio.get_running_loop()
    async with client_in(scene) as call:
        scene.person.leaves(1.0, grace=5.0)
        await scene.until(2.0)
        saying = asyncio.ensure_future(call.refuses("say", text=QUESTION))
        asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["text"], asked["still_listening"]) == ("", "", False)
        assert asked["problem"].startswith("ann has left the room; nobody is in the room")
        assert "ann has left the room" in await saying
        assert loop.time() == pytest.approx(6.0, abs=1.5)
        scene.dispatches(8.0, lambda at: PersonLinked(at, "bob"))
        await scene.until(12.0)
    assert scene.heard == []


@virtual_time
async def test_one_call_at_a_time_waits_for_the_answer() -> None:
    scene = Scene()
    async with client_in(scene) as call:
        asking = asyncio.ensure_future(call("ask", text=QUESTION))
        await scene.hears("which")
        for tool, arguments in (("ask", {"text": "Candle desert?"}), ("listen", {})):
            assert "another call waits for what the person says" in await call.refuses(tool, **arguments)
        await scene.pauses(2.0)
        scene.person.says("Yes please.")
        assert (await asking)["text"] == "Yes please."
    assert transcript(scene) == [QUESTION, "Yes please."]


@virtual_time
async def test_messages_in_the_room_are_chat() -> None:
    scene = Scene()
    async with client_in(scene, joins=False) as call:
        assert "call join_room" in await call.refuses("send_message", text="Hello.")
        await call("join_room", room=ROOM)
        for arguments in ({}, {"room": ROOM}):
            assert await call("send_message", text="Hello.", **arguments) == {"room": ROOM, "how": "chat"}
    assert [text for _, text in scene.written] == ["Hello.", "Hello."]


@virtual_time
async def test_a_room_that_ends_is_reported_and_can_be_joined_again() -> None:
    scene, again = Scene(), Scene()
    async with client_in(scene, again) as call:
        scene.closes(at=3.0)
        assert "ROOM_DELETED" in await call.refuses("listen")
        assert "it has ended (ROOM_DELETED); call join_room again" in await call.refuses("say", text="Hello.")
        assert (await call("get_transcript"))["lines"] == []
        assert (await call("join_room", room=ROOM))["people"]
        assert (await call("say", text="Hello."))["heard"] == "Hello."
        assert "call leave_room before" in await call.refuses("join_room", room="green")
        assert (await call("join_room"))["room"] == ROOM, "it is there already"


@pytest.mark.parametrize("word", ["Amber", "brick", "pepper."])
@virtual_time
async def test_a_bug_ends_the_room_session_and_not_the_server(caplog: pytest.LogCaptureFixture, word: str) -> None:
    scene = Scene()
    scene.tts.fails_at(word, error=ZeroDivisionError("a bug"))
    async with client_in(scene) as call:
        assert "because of a bug; the server's log has the details" in await call.refuses("say", text=LONG)
        await asyncio.sleep(1.0)
        assert "because of a bug; the server's log has the details" in await call.refuses("say", text=LONG)
        assert "a bug" in caplog.text
        assert (await call("room_status"))["room"] is None


@virtual_time
async def test_progress_is_reported_while_a_room_is_joined() -> None:
    scene = Scene(joins=False)
    scene.does(10.0, scene.joins)
    async with client_in(scene) as call:
        assert call.progress == ["joining the room"] * 3
