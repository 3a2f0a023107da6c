"""A guided conversation in a scene: the language model talks by itself towards a goal."""

import asyncio

import pytest

from bot.mcp_server import conversation
from bot.mcp_server.limits import CALL_LIMIT
from pipeline.errors import Declined, Refused
from pipeline.messages import Prompt
from pipeline.testing import Scene, virtual_time
from tests.bot.mcp_server.scene_client import client_in

GOAL = "find out the person's name"
QUESTION, FAREWELL, SUMMARY = "Which name?", "Thanks, goodbye.", "Her name is Ada."


def model(prompt: Prompt) -> str:
    """Ask until a name or a no was heard; judge and summarize what it reads."""
    assert GOAL in prompt.instructions
    last = prompt.messages[-1].text
    if prompt.instructions == conversation.JUDGE.format(goal=GOAL):
        return "REACHED" if "Ada" in last else "STOP" if "No thanks" in last else "GO"
    if prompt.instructions == conversation.SUMMARISE.format(goal=GOAL):
        return SUMMARY if "Agent: Which" in last else "Nothing was said."
    return FAREWELL if "Ada" in last or "No thanks" in last else QUESTION


def scene_with_model() -> Scene:
    scene = Scene()
    scene.llm.reply = model
    return scene


async def answers(scene: Scene, *texts: str, first: int = 1) -> None:
    """Answer one question after the other."""
    for number, text in enumerate(texts, first):
        await scene.hears("name?", times=number)
        await scene.pauses(1.0)
        scene.person.says(text)


@virtual_time
async def test_it_ends_with_the_goal_and_a_summary() -> None:
    scene = scene_with_model()
    async with client_in(scene) as call:
        scene.plays(answers(scene, "Tell me more?", "My name is Ada."))
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
        requests = len(scene.requests)
        scene.plays(answers(scene, "Yes please.", first=3))
        assert (await call("ask", text=QUESTION))["text"] == "Yes please."
        assert len(scene.requests) == requests


@virtual_time
async def test_it_can_be_followed_in_parts_and_nobody_talks_into_it() -> None:
    scene = scene_with_model()
    loop = asyncio.get_running_loop()
    async with client_in(scene) as call:
        began_at = loop.time()
        report = await call("converse", goal=GOAL)
        assert loop.time() - began_at == pytest.approx(CALL_LIMIT, abs=0.5)
        assert (report["status"], report["summary"]) == ("going_on", None)
        assert GOAL in (await call("room_status"))["conversation_goal"]
        for tool, arguments in (("say", {"text": QUESTION}), ("listen", {}), ("converse", {"goal": "another"})):
            assert "a conversation goes on" in await call.refuses(tool, **arguments)
        lines = report["lines"]
        scene.person.says("No thanks.")
        report = await call("converse", goal=GOAL)
        assert (report["status"], report["ended_because"]) == ("over", "person_wants_to_stop")
        assert [line["text"] for line in lines + report["lines"]] == [QUESTION, "No thanks.", FAREWELL]


@pytest.mark.parametrize("ending", ["turns", "time", "person_left", "stopped"])
@virtual_time
async def test_other_ends(ending: str) -> None:
    scene = scene_with_model()
    limits: dict[str, dict[str, float]] = {"turns": {"max_turns": 2}, "time": {"max_minutes": 0.2}}
    async with client_in(scene) as call:
        conversing = asyncio.ensure_future(call("converse", goal=GOAL, **limits.get(ending, {})))
        match ending:
            case "turns":
                scene.plays(answers(scene, "Tell me more?"))
            case "person_left":
                asked_at = await scene.hears("name?")
                scene.person.leaves(asked_at + 1.0, grace=1.0)
            case "stopped":
                await scene.hears("name?")
                await call("interrupt")
        report = await conversing
        assert (report["status"], report["ended_because"], report["summary"]) == ("over", ending, SUMMARY)
        assert (await call("room_status"))["conversation_goal"] is None


@virtual_time
async def test_cancelling_the_call_ends_it() -> None:
    scene = scene_with_model()
    async with client_in(scene) as call:
        conversing = asyncio.ensure_future(call("converse", goal=GOAL))
        await scene.hears("name?")
        conversing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await conversing
        await scene.pauses(0.1)
        assert (await call("room_status"))["conversation_goal"] is None


@virtual_time
async def test_it_ends_with_the_room() -> None:
    scene = scene_with_model()
    async with client_in(scene) as call:
        scene.closes(at=8.0)
        assert "ROOM_DELETED" in await call.refuses("converse", goal=GOAL)


@virtual_time
async def test_a_language_model_that_fails_is_reported() -> None:
    scene, is_down = scene_with_model(), True

    def reply(prompt: Prompt) -> str:
        if is_down:
            raise Declined("model", "out of order")
        return model(prompt)

    scene.llm.reply = reply
    async with client_in(scene) as call:
        assert "out of order" in await call.refuses("converse", goal=GOAL)
        is_down = False
        scene.plays(answers(scene, "My name is Ada."))
        assert (await call("converse", goal=GOAL))["ended_because"] == "goal_reached", "it can be tried again"


@virtual_time
async def test_a_language_model_that_refuses_the_key_is_reported() -> None:
    scene = scene_with_model()
    scene.llm.warm_error = Refused("openai", "check OPENAI_API_KEY")
    async with client_in(scene) as call:
        await scene.pauses(1.0)
        assert "check OPENAI_API_KEY" in await call.refuses("converse", goal=GOAL)


@pytest.mark.parametrize("provider", ["none", "responder"])
@virtual_time
async def test_without_a_language_model_there_is_none(provider: str) -> None:
    async with client_in(Scene(), LLM_PROVIDER=provider) as call:
        refused = await call.refuses("converse", goal=GOAL)
        assert "converse needs a language model" in refused
        assert ("built-in responder does not" in refused) == (provider == "responder")
