"""A language model fails in mid-reply, or gives no first token: the reply is heard whole, and soon."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from pipeline.agent import AgentProfile
from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import TextDelta, ToolRequest
from pipeline.resilience.continuation import is_continuation
from pipeline.resilience.model_round import FIRST_TOKEN_DELAY, STALL_TIMEOUT
from pipeline.testing import Scene, ScriptedAnswer, ScriptedLanguageModel, tool_request
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.policy import Policy

QUESTION = "Tell me a story."
STORY = (
    "Once upon a time there was a king. He had three daughters and a very old castle. One day all of them left it, and "
    "nobody knows to this day where they went."
)
WORDS = STORY.split()
APOLOGY = "Oh no, say that again please."
GONE = Unavailable("llm", "the connection was lost")
BUDGET = Policy().provider_budget


def broken(at: int, error: ProviderError, rest: str | ScriptedAnswer, stall: float = 0.0) -> ScriptedAnswer:
    """The story up to its word number `at`."""
    return ScriptedAnswer(" ".join(WORDS[:at]), error=error, stall=stall, rest=rest)


async def told(scene: Scene) -> None:
    """The story was heard as a whole, each word once."""
    await scene.is_over()
    assert [word.text for word in scene.heard] == WORDS
    assert scene.history == [("user", QUESTION), ("assistant", STORY)]
    scene.check_history()


def longest_gap(scene: Scene) -> float:
    """Seconds between the beginnings of two words."""
    return max(after.at - before.at for before, after in zip(scene.heard, scene.heard[1:], strict=False))


@pytest.mark.parametrize("error", [GONE, Malformed("llm", "rubbish")])
@pytest.mark.parametrize("at", [1, 3, 8, 16, 30])
@pytest.mark.parametrize("again", [0, 1, 6])
def test_a_reply_that_breaks_off_is_heard_whole(error: ProviderError, at: int, again: int) -> None:
    """The model goes on at the next word, or begins with some that there are; eight words end a sentence."""

    async def scene_with_a_drop() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.llm.answers(broken(at, error, " ".join(WORDS[max(at - again, 0) :])))
            scene.person.says(QUESTION, at=1.0)
            await told(scene)
            assert longest_gap(scene) < 1.2
            (user, partial, asked) = scene.prompts[1]
            assert (user, partial[0], asked[0]) == (("user", QUESTION), "assistant", "user")
            assert partial[1].split() == WORDS[:at]
            assert len(scene.requests) == 2

    run(scene_with_a_drop())


@pytest.mark.parametrize("at", [3, 16])
def test_a_reply_that_stalls_is_heard_whole(at: int) -> None:
    async def scene_with_a_stall() -> None:
        async with Scene() as scene:
            scene.llm.answers(broken(at, GONE, " ".join(WORDS[at:]), stall=30.0))
            scene.person.says(QUESTION, at=1.0)
            await told(scene)
            assert longest_gap(scene) < STALL_TIMEOUT + 0.7
            assert scene.requests[0].outcome == "cancelled"

    run(scene_with_a_stall())


@virtual_time
async def test_a_reply_that_breaks_off_again_and_again_is_heard_whole() -> None:
    async with Scene() as scene:
        third = ScriptedAnswer(" ".join(WORDS[16:24]), error=GONE, rest=" ".join(WORDS[23:]))
        second = ScriptedAnswer(" ".join(WORDS[8:16]), error=GONE, rest=third)
        scene.llm.answers(broken(8, GONE, second))
        scene.person.says(QUESTION, at=1.0)
        await told(scene)
        assert len(scene.requests) == 4


@virtual_time
async def test_a_model_that_does_not_come_back_costs_one_budget_and_an_apology() -> None:
    async with Scene(apology=APOLOGY) as scene:
        gone = ScriptedAnswer(error=GONE)
        for _ in range(40):
            gone = ScriptedAnswer(error=GONE, rest=gone)
        scene.llm.answers(broken(10, GONE, gone))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.bot_text == f"{' '.join(WORDS[:10])} {APOLOGY}"
        assert longest_gap(scene) < BUDGET + 2.5
        scene.check_history()


@virtual_time
async def test_a_model_that_has_nothing_to_add_to_half_a_sentence_costs_an_apology() -> None:
    async with Scene(apology=APOLOGY) as scene:
        scene.llm.answers(broken(10, GONE, " ".join(WORDS[4:10])))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.bot_text == f"{' '.join(WORDS[:10])} {APOLOGY}"


@pytest.mark.parametrize("at", [0, 10])
def test_a_model_that_refuses_in_mid_call_ends_the_bot_once_that_is_told(at: int) -> None:
    """What was heard of the reply is in the history, and then what was told."""
    refused = Refused("llm", "no credit")
    scene = Scene(apology=APOLOGY)

    async def scene_with_a_refusal() -> None:
        async with scene:
            first = broken(at, GONE, ScriptedAnswer(error=refused)) if at else ScriptedAnswer(error=refused)
            scene.llm.answers(first, *[ScriptedAnswer(error=refused)] * 20)
            scene.person.says(QUESTION, at=1.0)
            await scene.until(30.0)

    with pytest.raises(Refused):
        run(scene_with_a_refusal())
    assert scene.bot_text == " ".join([*WORDS[:at], AgentProfile().spoken_trouble])
    assert scene.history[0] == ("user", QUESTION)


@virtual_time
async def test_whoever_interrupts_is_heard_while_the_model_goes_on() -> None:
    async with Scene() as scene:
        scene.llm.answers(broken(10, GONE, " ".join(WORDS[10:])), "Very well.")
        scene.person.says(QUESTION, at=1.0)
        await scene.hears("daughters")
        scene.person.says("Stop, I know that one.")
        await scene.is_over()
        assert scene.history[-1] == ("assistant", "Very well.")
        scene.check_history()


@virtual_time
async def test_a_tool_is_called_once_when_the_model_breaks_off_before_its_call() -> None:
    scene = Scene()
    scene.tool("weather", "Rain")
    async with scene:
        scene.llm.answers(
            ScriptedAnswer("Let me see", error=GONE, rest=ScriptedAnswer("see what it says.", calls=(CALL,))),
            "It rains.",
        )
        scene.person.says("What is the weather in Rome?", at=1.0)
        await scene.is_over()
        assert [call.name for call in scene.called] == ["weather"]
        assert scene.bot_text == "Let me see what it says. It rains."


CALL = tool_request("weather", city="Rome")


class Breaking(ScriptedLanguageModel):
    """Gives the call of a tool, or a thought, and breaks off behind it."""

    def __init__(self, *first: TextDelta | ToolRequest) -> None:
        super().__init__()
        self.first = first

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest, None]:
        first, self.first = self.first, ()
        for part in first or (TextDelta("<think>Hm.</think>"), TextDelta("Rain.")):
            await asyncio.sleep(0.1)
            yield part
        if first:
            raise GONE


@virtual_time
async def test_the_call_of_a_request_that_breaks_off_is_not_made() -> None:
    scene = Scene(llm=Breaking(TextDelta("Let me see"), CALL))
    scene.tool("weather", "Rain")
    async with scene:
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.called == []


@virtual_time
async def test_a_thought_that_breaks_off_is_not_spoken_and_thought_anew() -> None:
    async with Scene(llm=Breaking(TextDelta("<think>Let me"))) as scene:
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.bot_text == "Rain."
        assert not any(is_continuation(request.prompt) for request in scene.requests)


# --- the first token ---


@pytest.mark.parametrize("stalled", [1, 2])
def test_a_model_that_gives_no_token_is_asked_again_within_the_budget(stalled: int) -> None:
    async def scene_with_a_stall() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.llm.answers(*[ScriptedAnswer(stall=30.0, error=GONE)] * stalled, STORY)
            ended_at = scene.person.says(QUESTION, at=1.0)
            await scene.is_over()
            if stalled == 1:
                assert [word.text for word in scene.heard] == WORDS
                assert scene.heard[0].at < ended_at + FIRST_TOKEN_DELAY + 0.7
                assert scene.requests[0].outcome == "cancelled"
            else:
                assert scene.heard[0].at < ended_at + BUDGET + 2.5
                assert scene.bot_text == APOLOGY

    run(scene_with_a_stall())


@virtual_time
async def test_a_slow_model_is_still_waited_for() -> None:
    """One that takes six seconds to its first token would never answer if it was asked anew every three."""
    async with Scene(apology=APOLOGY) as scene:
        scene.llm.first_token = 6.0
        ended_at = scene.person.says("Hello there.", at=1.0)
        await scene.is_over()
        assert scene.history[-1] == ("assistant", "You said: Hello there. What else?")
        assert scene.heard[0].at < ended_at + 6.7
        assert [request.outcome for request in scene.requests] == ["whole", "cancelled"]
