"""A bot with tools, as its program and frontends see it: events, the attribute, and the end of the call."""

import asyncio
from dataclasses import replace

import pytest

from bot import ToolCalled, ToolFinished, VoiceBot, tool
from bot.assembly.shown_attributes import ShownAttributes
from bot.assembly.tool_status import TOOL_ATTRIBUTE, ToolReporter
from pipeline.commands import ConversationEnded
from pipeline.events import Joined, PersonLeft, PersonLinked
from pipeline.messages import Tool, ToolRequest
from pipeline.testing import Scene, ScriptedAnswer, tool_request, virtual_time
from pipeline.turn.state import State
from pipeline.turn.tool_use import PendingCall, ToolUse


@tool
async def look() -> str:
    """Look."""
    await asyncio.sleep(1.0)
    return "found"


@virtual_time
async def test_calls_are_events_and_no_messages() -> None:
    scene = Scene()
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "Here it is.")
    scene.person.says("Look for it.", at=1.0)
    scene.closes(at=9.0)
    async with VoiceBot(room=scene, tools=[look]) as bot:
        seen = [event async for event in bot.events() if isinstance(event, ToolCalled | ToolFinished)]
    called, finished = seen
    assert isinstance(called, ToolCalled)
    assert isinstance(finished, ToolFinished)
    assert called.request == finished.message.call
    assert (called.request.name, finished.message.text, finished.message.role) == ("look", "found", "tool")
    assert finished.at - called.at == pytest.approx(1.0)


@virtual_time
async def test_a_tool_that_ends_the_call_has_the_bot_leave_when_its_farewell_was_heard() -> None:
    scene = Scene()
    scene.llm.calls("end_call", farewell="Goodbye, take care.")
    scene.person.says("That was all.", at=1.0)
    async with VoiceBot(room=scene, tools=["end_call"]) as bot:
        await bot.wait_closed()
    assert scene.heard_text == "Goodbye, take care."


@virtual_time
async def test_a_bot_that_stays_ends_the_call_with_this_person_and_waits_for_the_next() -> None:
    scene = Scene(joins=False)
    goodbye = ScriptedAnswer(calls=(tool_request("end_call", farewell="Goodbye, take care."),))
    scene.llm.reply = lambda prompt: goodbye if prompt.messages[-1].text == "That was all." else "Hello to you."
    scene.dispatches(0.0, lambda now: Joined(now, "room", "bot"))
    scene.dispatches(0.0, lambda now: PersonLinked(now, "ann"))
    scene.person.says("That was all.", at=1.0)
    scene.dispatches(12.0, lambda now: PersonLinked(now, "ann"))
    scene.person.says("Hello again.", at=13.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, tools=["end_call"], stay=True) as bot:
        events = [event async for event in bot.events() if isinstance(event, ConversationEnded | PersonLeft)]
    assert [type(event) for event in events[:2]] == [PersonLeft, ConversationEnded]
    assert scene.heard_text == "Goodbye, take care. Hello to you."
    assert [message.text for message in bot.history] == ["Hello again.", "Hello to you."]


def test_frontends_are_shown_the_tool_that_runs() -> None:
    shown = list[dict[str, str]]()
    reporter = ToolReporter(ShownAttributes(shown.append).show)
    look, book = (
        PendingCall(request=ToolRequest(name, name, "{}"), tool=Tool(name, "", {}), reply_id="reply-1", began_at=0.0)
        for name in ("look", "book")
    )
    for calls in ((), (look, book), (replace(look, result="found"), book), (book,), ()):
        state = State(tools=ToolUse(calls=calls))
        reporter.observe(object(), state, ())  # type: ignore[arg-type]
    assert shown == [{TOOL_ATTRIBUTE: name} for name in ("look", "book", "")]
