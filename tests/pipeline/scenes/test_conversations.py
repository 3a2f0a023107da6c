"""Several people in turn, and replies that the program asked for while the conversation went on."""

import asyncio

from pipeline import events
from pipeline.messages import Prompt
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import virtual_time

PIN = "My pin is four seven one one."
QUESTION = "What did the last caller say?"


def next_person(scene: Scene, at: float, identity: str) -> None:
    scene.dispatches(at, lambda now: events.PersonLeft(now, scene.session.state.linked or ""))
    scene.dispatches(at, lambda now: events.PersonLinked(now, identity))


@virtual_time
async def test_the_next_person_is_answered_about_their_own_words_alone() -> None:
    async with Scene() as scene:
        scene.person.says(PIN, at=1.0)
        next_person(scene, 8.0, "bob")
        scene.person.says(QUESTION, at=9.0)
        await scene.is_over()
        assert scene.prompts[-1] == [("user", QUESTION)]
        assert scene.history[0] == ("user", QUESTION)
        assert [message.number for message in scene.session.history] == [3, 4]


@virtual_time
async def test_a_text_that_waits_for_a_person_who_leaves_is_not_said_to_the_next_one() -> None:
    async with Scene() as scene:
        scene.dispatches(0.5, lambda now: events.PersonAway(now, scene.session.state.linked or ""))
        next_person(scene, 2.0, "bob")
        await scene.until(1.0)
        outcome = await scene.say("Are you still there, Ann?")
        assert (outcome.heard, outcome.is_cut, outcome.began_at) == ("", True, None)
        await scene.is_over()
        assert scene.heard_text == ""


@virtual_time
async def test_a_reply_that_was_asked_for_is_made_anew_when_the_conversation_has_gone_on() -> None:
    async with Scene() as scene:
        scene.llm.first_token = 1.5
        scene.llm.reply = _interviewer
        asked = asyncio.ensure_future(scene.generate_reply("Ask for what you do not know yet."))
        scene.person.types("My name is Ann.", at=1.0)
        outcome = await asked
        assert outcome.heard == "Where do you live?"
        scene.assert_not_heard("What is your name")
        assert "My name is Ann." in str(scene.prompts[-1])


def _interviewer(prompt: Prompt) -> str:
    """Greets who says something; when it is asked to speak, asks for what it does not know yet."""
    if not prompt.messages[-1].text.startswith("("):
        return "Nice to meet you."
    return "Where do you live?" if "Ann" in str(prompt.messages) else "What is your name?"
