"""A conversation towards a goal, which the language model holds by itself."""

import asyncio

import pytest

from bot.mcp_server import conversation
from bot.mcp_server import tool_call as calls
from pipeline.audio import LISTEN_RATE
from tests.bot.conftest import NewCaller
from tests.bot.mcp_server.conftest import World
from tests.bot.mcp_server.test_talk import answer, hears, is_silent
from tests.support.caller import Caller
from tests.support.providers.openai import Body
from tests.support.sentences import sentence

pytestmark = [pytest.mark.sfu, pytest.mark.slow]

GOAL = "find out the person's name"
QUESTION, FAREWELL, SUMMARY = "Amber brick?", "Candle desert.", "Her name is Ada."


def model(body: Body) -> str:
    """Asks until it has heard a name, or a no; judges and summarises what it reads."""
    instructions, last = body["messages"][0]["content"], str(body["messages"][-1]["content"])
    assert GOAL in instructions
    if instructions.startswith(conversation.JUDGE[:30]) and "single word" in instructions:
        return "REACHED" if "Ada" in last else "STOP" if "No thanks" in last else "GO"
    if "came of it" in instructions:
        return SUMMARY
    return FAREWELL if "Ada" in last or "No thanks" in last else QUESTION


@pytest.mark.alone
async def test_it_ends_with_the_goal_and_a_summary(world: World, room_name: str, new_caller: NewCaller) -> None:
    world.model.reply = model
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        async with asyncio.TaskGroup() as group:
            group.create_task(_answers(caller, "Tell me more?", "My name is Ada."))
            report = await call("converse", goal=GOAL)
        assert (report["status"], report["ended_because"], report["summary"]) == ("over", "goal_reached", SUMMARY)
        assert [(line["speaker"], line["text"]) for line in report["lines"]] == [
            ("you", QUESTION),
            ("person", "Tell me more?"),
            ("you", QUESTION),
            ("person", "My name is Ada."),
            ("you", FAREWELL),
        ]
        # From now on the assistant talks itself again, and nothing of the conversation is handed over once more.
        assert (await call("listen", seconds=0.5))["text"] == ""
        requests = len(world.model.requests)
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(caller, "Yes please."))
            assert (await call("ask", text=QUESTION))["text"] == "Yes please."
        assert len(world.model.requests) == requests


@pytest.mark.alone
async def test_it_can_be_followed_in_parts_and_nobody_talks_into_it(
    world: World, room_name: str, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CALL_LIMIT", 2.0)
    world.model.reply = model
    async with new_caller() as caller, world.desk() as call:
        await call("join_room", room=room_name)
        report = await call("converse", goal=GOAL)
        assert (report["status"], report["summary"]) == ("going_on", None)
        assert GOAL in (await call("room_status"))["conversation_goal"]
        for tool, arguments in (("say", {"text": QUESTION}), ("listen", {}), ("converse", {"goal": "another"})):
            assert "a conversation goes on" in await call.refuses(tool, **arguments)
        lines = report["lines"]
        await caller.play(sentence("No thanks."), LISTEN_RATE)
        while report["status"] == "going_on":
            report = await call("converse", goal=GOAL)
            lines += report["lines"]
        assert report["ended_because"] == "person_wants_to_stop"
        assert [line["text"] for line in lines] == [QUESTION, "No thanks.", FAREWELL]


@pytest.mark.alone
@pytest.mark.parametrize("ending", ["turns", "time", "person_left", "stopped", "cancelled"])
async def test_other_ends(world: World, room_name: str, new_caller: NewCaller, ending: str) -> None:
    world.model.reply = model
    limits: dict[str, dict[str, object]] = {"turns": {"max_turns": 2}, "time": {"max_minutes": 0.05}}
    async with new_caller() as caller, world.desk(BOT_PARTICIPANT="caller") as call:
        await call("join_room", room=room_name)
        conversing = asyncio.ensure_future(call("converse", goal=GOAL, **limits.get(ending, {})))
        await is_silent(caller, await hears(caller))
        match ending:
            case "turns":
                await _answers(caller, "Tell me more?", heard=True)
            case "person_left":
                await caller.leave()
            case "stopped":
                await call("interrupt")
            case "cancelled":
                conversing.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await conversing
                assert (await call("room_status"))["conversation_goal"] is None
                return
        report = await conversing
        assert (report["status"], report["ended_because"], report["summary"]) == ("over", ending, SUMMARY)


async def test_a_language_model_that_refuses_is_told(world: World, room_name: str, new_caller: NewCaller) -> None:
    async with new_caller(), world.desk(OPENAI_API_KEY="wrong") as call:
        try:
            await call("join_room", room=room_name)
        except AssertionError as refused:  # the key was found out before the room was joined
            told = str(refused)
        else:
            told = await call.refuses("converse", goal=GOAL)
        assert "OPENAI_API_KEY" in told


@pytest.mark.parametrize("provider", ["none", "responder"])
async def test_without_a_language_model_there_is_none(
    world: World, room_name: str, new_caller: NewCaller, provider: str
) -> None:
    async with new_caller(), world.desk(LLM_PROVIDER=provider) as call:
        await call("join_room", room=room_name)
        refused = await call.refuses("converse", goal=GOAL)
        assert "converse needs a language model" in refused
        assert ("built-in responder is none" in refused) == (provider == "responder")


async def _answers(caller: Caller, *texts: str, heard: bool = False) -> None:
    """Answer one question after the other; the first may have been heard already."""
    for number, text in enumerate(texts):
        if not heard or number:
            await is_silent(caller, await hears(caller))
        await caller.play(sentence(text, seed=number), LISTEN_RATE)
