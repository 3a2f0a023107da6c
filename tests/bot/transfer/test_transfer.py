"""Handing a person over, in scenes: who is told what, in which order, and what the bot does afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot import ToolContext, VoiceBot, tool
from bot.tools.builtin import BUILT_IN
from bot.tools.toolbox import Toolbox
from bot.transfer import human_transfer
from bot.transfer.report import TOPIC
from pipeline.errors import RoomError
from pipeline.messages import ToolRequest
from pipeline.testing import Scene, ScriptedAnswer, tool_request, virtual_time
from pipeline.turn.policy import Policy
from tests.bot.tools.conversation import Conversation, bound

REASON = "They want to cancel their contract."


def asking(*, fails: bool = False) -> Scene:
    """A scene in which the person asks for somebody, and says something afterwards."""
    scene = Scene()
    scene.llm.calls("transfer_to_human", reason=REASON)
    scene.llm.answers("I am sorry, nobody is there." if fails else "I should not have said that.")
    scene.person.says("I want to speak to a human.", at=1.0)
    return scene


@virtual_time
async def test_the_room_and_the_person_are_told_and_the_bot_leaves() -> None:
    scene = asking()
    async with VoiceBot(room=scene, tools=["transfer_to_human"]) as bot:
        await bot.wait_closed()
    assert scene.heard_text == "I am connecting you with a colleague. One moment, please."
    ((topic, text),) = [(it.topic, it.text) for it in scene.sent]
    assert topic == TOPIC == "rawbot.handover"
    assert json.loads(text) == {
        "type": "rawbot.handover",
        "reason": REASON,
        "room": "",
        "participant": {"identity": "ann", "kind": "STANDARD"},
        "language": "en",
        "summary": "They talked.",
        "history": [{"role": "user", "text": "I want to speak to a human."}],
    }
    scene.assert_requests(2)  # for the call, and for the summary


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"language": "de-AT"}, "Ich verbinde Sie mit einer Kollegin oder einem Kollegen. Einen Moment bitte."),
        ({"language": "sv"}, "I am connecting you with a colleague. One moment, please."),
        ({"transfer_text": "Hold the line."}, "Hold the line."),
    ],
)
@virtual_time
async def test_what_the_person_is_told(options: dict[str, Any], text: str) -> None:
    scene = asking()
    async with VoiceBot(room=scene, tools=["transfer_to_human"], **options) as bot:
        await bot.wait_closed()
    assert scene.heard_text == text


@virtual_time
async def test_a_scribe_stays_and_answers_nothing_until_the_next_person() -> None:
    scene = asking()
    scene.person.says("Hello, are you my colleague?", at=8.0)
    scene.person.types("My number is 12.", at=14.0)
    scene.person.leaves(at=20.0, grace=1.0)
    scene.does(25.0, scene.joins)
    scene.person.coughs(at=26.0)
    scene.closes(at=40.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_then="scribe", greeting="Hello!") as bot:
        ended = [event async for event in bot.events() if type(event).__name__ == "ConversationEnded"]
        ending = scene.session.state.ending
    (conversation,) = ended
    said = [message.text for message in conversation.history if message.role == "user"]  # type: ignore[union-attr]
    assert said == ["I want to speak to a human.", "Hello, are you my colleague?", "My number is 12."]
    assert scene.heard_text == "Hello! I am connecting you with a colleague. One moment, please. Hello!"
    scene.assert_requests(2)  # for the call, and for the summary
    captions = [it.text for it in scene.captions if it.speaker == "person" and it.final]
    assert "Hello, are you my colleague?" in captions
    assert ending == "no", "the next person is answered again"


@virtual_time
async def test_a_recorded_scribe_answers_nothing_when_it_is_played_again(tmp_path: Path) -> None:
    scene = asking()
    scene.person.says("Hello, are you my colleague?", at=10.0)
    scene.closes(at=16.0)
    options: dict[str, Any] = {"tools": ["transfer_to_human"], "transfer_then": "scribe"}
    async with VoiceBot(room=scene, journal=tmp_path / "talk.jsonl", **options) as bot:
        await bot.wait_closed()
    async with Scene.from_journal(tmp_path / "talk.jsonl") as again:
        await again.is_over()
    assert again.heard_text == scene.heard_text
    assert again.session.state.ending == "scribe"


@virtual_time
async def test_a_scribe_says_what_its_program_asks_for() -> None:
    scene = asking()
    scene.closes(at=14.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_then="scribe") as bot:
        await scene.hears("please.")
        await scene.pauses(2.0)
        await bot.say("The colleague is on the way.")
        await bot.wait_closed()
    scene.assert_heard("the colleague is on the way")


@virtual_time
async def test_a_telephone_call_is_told_and_then_transferred() -> None:
    scene = asking()
    scene.telephones()
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_to="tel:+15551234567") as bot:
        await bot.wait_closed()
    ((at, address),) = scene.transferred
    assert address == "tel:+15551234567"
    assert at >= scene.heard[-1].at, "they have heard it by then"
    assert scene.heard_text == "I am connecting you with a colleague. One moment, please."
    assert json.loads(scene.sent[0].text)["participant"] == {"identity": "ann", "kind": "SIP"}


@virtual_time
async def test_a_transfer_that_fails_is_told_and_the_conversation_goes_on() -> None:
    scene = asking(fails=True)
    scene.telephones(RoomError("the call could not be transferred: busy, 486 Busy Here"))
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_to="sip:desk@example.com") as bot:
        await bot.wait_closed()
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.is_error
    assert "486 Busy Here" in call.text
    scene.assert_heard("i am sorry nobody is there")


@virtual_time
async def test_a_caller_who_does_not_stop_talking_is_transferred_all_the_same() -> None:
    scene = asking()
    scene.telephones()
    for number in range(12):
        scene.person.says("And another thing and another thing and another thing", at=4.0 + 2.2 * number)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_to="tel:112") as bot:
        await bot.wait_closed()
    assert len(scene.transferred) == 1


@virtual_time
async def test_an_announcement_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(human_transfer, "SAY_TIMEOUT", 0.1)
    scene = asking()
    scene.telephones()
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_to="tel:112") as bot:
        await bot.wait_closed()
    assert len(scene.transferred) == 1
    assert "the hand-over could not be announced to the person: it took too long" in caplog.text


@virtual_time
async def test_an_address_for_calls_does_not_matter_to_an_app() -> None:
    scene = asking()
    async with VoiceBot(room=scene, tools=["transfer_to_human"], transfer_to="tel:112") as bot:
        await bot.wait_closed()
    assert scene.transferred == []
    scene.assert_heard("i am connecting you")


@virtual_time
async def test_nobody_waits_for_a_summary_that_takes_long() -> None:
    """It is made while the person is told."""
    scene = asking()

    scene.llm.summary = ScriptedAnswer("Late.", stall=60.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"]) as bot:
        await bot.wait_closed()
    assert json.loads(scene.sent[0].text)["summary"] == ""
    assert scene.sent[0].at < scene.heard[0].at + 7.0


@virtual_time
async def test_what_is_summarized_already_is_not_summarized_again() -> None:
    """A long call would take longer than anybody waits."""
    scene = Scene()
    scene.llm.summary = ScriptedAnswer("They talked for long.")
    calls = ScriptedAnswer(calls=(tool_request("transfer_to_human", reason=REASON),))
    scene.llm.reply = lambda prompt: calls if "human" in prompt.messages[-1].text else "All right."
    for number in range(4):
        scene.person.says(f"This is matter number {number}.", at=2.0 + 4.0 * number)
    scene.person.says("A human, please.", at=20.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], policy=Policy(summary_messages=4)) as bot:
        await bot.wait_closed()
    last = scene.requests[-1].prompt.messages[0].text
    assert last.startswith("The notes of what was before:\nThey talked for long.")
    assert "matter number 0" not in last
    assert "A human, please." in last
    assert json.loads(scene.sent[0].text)["summary"] == "They talked for long."


@virtual_time
async def test_a_bot_without_a_voice_hands_over_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene(tts=None)
    tool = BUILT_IN["transfer_to_human"]
    async with VoiceBot(room=scene, tts=None, tools=[tool]) as bot:
        toolbox = bot._run.parts.tools.toolbox
        result = await toolbox.call(ToolRequest("1", tool.name, '{"reason": "x"}'), Conversation())
    assert not result.is_error
    assert "the hand-over could not be announced to the person: this bot has no voice" in caplog.text


@tool
def escalate(context: ToolContext) -> str:
    """Hand over, from a thread."""
    return context.wait_for(context.transfer_to_human("It is an emergency."))


async def test_a_tool_of_the_program_hands_over_too() -> None:
    """In real time: on virtual time nobody waits for a thread."""
    scene = Scene()
    async with VoiceBot(room=scene, tts=None, tools=[escalate]) as bot:
        toolbox, conversation = bot._run.parts.tools.toolbox, Conversation()
        result = await toolbox.call(ToolRequest("1", "escalate", "{}"), conversation)
    assert not result.is_error
    assert json.loads(scene.sent[0].text)["reason"] == "It is an emergency."
    assert ("end_call", None) in conversation.done
    lonely = Toolbox(bound(escalate), {})
    assert "can hand over to nobody" in (await lonely.call(ToolRequest("1", "escalate", "{}"), Conversation())).text
