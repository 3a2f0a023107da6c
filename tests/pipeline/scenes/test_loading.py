"""A model or a voice that loads data of its own, on a slow machine: its first reply waits for it, and no other."""

import pytest

from pipeline.errors import OutOfReach
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import virtual_time
from pipeline.turn.policy import Policy

LOADING = 20.0
"""Seconds to the first audio, or text: more than the budget of a reply."""

START_TIMEOUT = 30.0

BUDGET = Policy().provider_budget
APOLOGY = "Oh no, say that again please."
GREETING = "Good morning to you."
QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"


@virtual_time
async def test_a_voice_that_is_being_loaded_is_waited_for() -> None:
    async with Scene(greeting=GREETING) as scene:
        scene.tts.first_audio, scene.tts.start_timeout = LOADING, START_TIMEOUT
        await scene.hears("you.")
        scene.tts.first_audio = 0.12
        await scene.pauses(2.0)
        scene.person.says(QUESTION)
        await scene.is_over()
        assert scene.history == [("assistant", GREETING), ("user", QUESTION), ("assistant", ANSWER)]


@virtual_time
async def test_a_model_that_is_being_loaded_is_waited_for_and_leaves_the_voice_its_time() -> None:
    async with Scene(apology=APOLOGY) as scene:
        scene.llm.first_token, scene.llm.start_timeout = LOADING, START_TIMEOUT
        scene.tts.first_audio = BUDGET / 2
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", ANSWER)]


@virtual_time
async def test_once_it_has_worked_it_has_the_budget_of_a_reply() -> None:
    async with Scene(apology=APOLOGY) as scene:
        scene.llm.start_timeout = START_TIMEOUT
        scene.person.says("Hello there.", at=1.0)
        await scene.is_over()
        scene.llm.first_token = LOADING
        ended_at = scene.person.says(QUESTION)
        await scene.hears("no,")
        assert scene.heard[-1].at < ended_at + BUDGET + 2.5
        assert scene.history[-1][0] == "user"


def test_a_voice_that_is_never_there_ends_the_bot_when_its_time_is_over() -> None:
    scene = Scene(greeting=GREETING)
    scene.tts.first_audio, scene.tts.start_timeout = 10 * LOADING, START_TIMEOUT
    with pytest.raises(OutOfReach, match="no audio within 30 s"):
        scene.run(until=60.0)
    assert scene._steps[-1].at < START_TIMEOUT + 2.5
