"""Each fault of each stage at each moment: the second provider takes over, and no word is lost or doubled."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.messages import Prompt
from pipeline.resilience.continuation import is_continuation
from pipeline.testing import Scene, ScriptedAnswer, tool_request
from pipeline.testing.virtual_loop import run
from tests.pipeline.scenes.at_random import AT_RANDOM
from tests.pipeline.scenes.faults import FAULTS, Fault, give_a_second

STAGES = ("stt", "llm", "tts")

QUESTION = "Tell me a story."
STORY = (
    "Once upon a time there was a king. He had three daughters and a very old castle. One day all of them left it, and "
    "nobody knows to this day where they went."
)
AGAIN = "And then what happened?"
AFTER = {"before": 0, "first byte": 1, "mid-stream": 6, "idle": 0, "hold": 0, "tool": 0}
"""Parts of a request behind which the fault strikes, by its moment."""


def tell(prompt: Prompt) -> str | ScriptedAnswer:
    """The story; what is missing of it to one who asks to go on; and a tool first where one is wanted."""
    if is_continuation(prompt):
        written = prompt.messages[-2].text
        if written.split()[0] == "It":
            return "It is sunny."
        return " ".join(STORY.split()[max(len(written.split()) - 2, 0) :])
    last = prompt.messages[-1]
    if last.role == "tool":
        return "It is sunny."
    if prompt.tools and "weather" in last.text:
        return ScriptedAnswer(calls=(tool_request("weather"),))
    return STORY


async def play(scene: Scene, moment: str, fault: Fault) -> tuple[list[str], list[str]]:
    """Have the fault begin at its moment; returns what the person said, and what the bot was to say."""
    if moment in ("before", "first byte", "mid-stream"):
        fault.begins()
    if moment == "tool":
        scene.person.says("Now what is the weather like?", at=1.0)
        while not scene.called:
            await scene.pauses(0.05)
        fault.begins()
        await over(scene)
        scene.person.says(QUESTION)
        await over(scene)
        return ["Now what is the weather like?", QUESTION], ["It is sunny.", STORY]
    ended_at = scene.person.says(QUESTION, at=1.0)
    if moment == "hold":
        scene.person.coughs(await scene.hears("daughters", within=ended_at + 30.0) + 0.1, for_=0.4)
        fault.begins()
    await over(scene)
    fault.begins()
    scene.person.says(AGAIN)
    await over(scene)
    return [QUESTION, AGAIN], [STORY, STORY]


async def over(scene: Scene) -> None:
    """Nothing is to come any more, of words that are sent again neither."""
    await scene.is_over()
    await scene.pauses(14.0)
    await scene.is_over()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("moment", AFTER)
def test_the_conversation_goes_on(stage: str, fault: str, moment: str) -> None:
    async def conversation() -> None:
        scene = Scene(apology="Oh no.")
        scene.tool("weather", "sunny", takes=2.0)
        one = Fault(fault, AFTER[moment])
        give_a_second(scene, stage, one)
        scene.llm.reply = tell
        if moment == "hold":
            scene.llm.tokens_a_second, scene.tts.speed = 8.0, 1.2
        async with scene:
            said, answered = await play(scene, moment, one)
            assert one.struck, "the fault was there"
            assert scene.person_text == " ".join(said)
            assert scene.bot_text == " ".join(answered)
            if moment != "hold":
                assert [word.text for word in scene.heard] == " ".join(answered).split()
            scene.check_history()

    run(conversation())


# --- storms ---

FAULT = st.tuples(st.sampled_from(FAULTS), st.integers(0, 12), st.floats(0.0, 12.0), st.floats(0.1, 20.0))


@settings(AT_RANDOM, max_examples=15)
@given(st.fixed_dictionaries(dict.fromkeys(STAGES, FAULT)), st.lists(st.floats(0.0, 4.0), min_size=1, max_size=4))
def test_no_storm_makes_the_bot_mute_or_deaf(
    storm: dict[str, tuple[str, int, float, float]], gaps: list[float]
) -> None:
    """All stages have a fault at some time; the second provider of each works."""

    async def conversation() -> None:
        scene = Scene(apology="Oh no.")
        faults = {stage: Fault(kind, after) for stage, (kind, after, _, _) in storm.items()}
        for stage, fault in faults.items():
            give_a_second(scene, stage, fault)
        scene.llm.reply = tell
        async with scene:
            for stage, (_, _, begins, lasts) in storm.items():
                faults[stage].since = loop_time_of(scene, begins)
                faults[stage].until = loop_time_of(scene, begins + lasts)
            said = []
            for number, gap in enumerate(gaps):
                await scene.pauses(gap)
                said.append(f"Tell me story w{number}.")
                scene.person.says(said[-1])
                await scene.is_over()
            await scene.until(40.0)
            await over(scene)
            assert "".join(scene.person_text.split()) == "".join(" ".join(said).split())
            scene.check_history()
            scene.llm.says_only("I am still here.")
            scene.person.says("Are you there?")
            await over(scene)
            assert scene.history[-1] == ("assistant", "I am still here.")

    run(conversation())


def loop_time_of(scene: Scene, at: float) -> float:
    """Loop time of a second of the scene, which has begun at second 0."""
    return asyncio.get_running_loop().time() + at
