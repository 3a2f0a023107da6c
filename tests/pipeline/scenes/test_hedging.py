"""A second request to the language model, beside, when its first token is later than usual."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Unavailable
from pipeline.events import TokensUsed
from pipeline.resilience.first_tokens import FIRST_TOKENS, LEAST_DELAY, LEAST_KNOWN
from pipeline.resilience.model_round import FIRST_TOKEN_DELAY
from pipeline.testing import Scene, ScriptedAnswer
from pipeline.testing.virtual_loop import run, virtual_time
from tests.pipeline.scenes.at_random import AT_RANDOM

QUESTION = "What time is it?"
GONE = Unavailable("llm", "no connection")
STALLED = ScriptedAnswer(stall=60.0, error=GONE)
USUAL = 0.5


def knows(scene: Scene, seconds: float = USUAL) -> None:
    """The model has been asked before, and took so long to its first token."""
    times = FIRST_TOKENS.of(scene.session.parts.language_model)
    for _ in range(LEAST_KNOWN):
        times.add(seconds)


def gaps(scene: Scene) -> list[float]:
    """Seconds from each request to the next."""
    asked = [request.at for request in scene.requests]
    return [after - before for before, after in itertools.pairwise(asked)]


@virtual_time
async def test_the_first_answer_is_taken_and_the_other_request_called_off_and_counted() -> None:
    async with Scene(hedges_model=True) as scene:
        knows(scene)
        scene.llm.answers(STALLED, "It is noon.")
        ended_at = scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", "It is noon.")]
        assert scene.heard[0].at < ended_at + USUAL + 0.9
        assert [request.outcome for request in scene.requests] == ["cancelled", "whole"]
        assert gaps(scene)[0] - USUAL < 0.01
        used = [event for event in scene.events if isinstance(event, TokensUsed)]
        assert [event.is_estimated for event in used] == [True, False]
        assert used[0].prompt > 0
        assert scene.metrics.counts.prompt_tokens == sum(event.prompt for event in used)
        scene.check_history()


@virtual_time
async def test_without_it_the_person_waits_longer() -> None:
    async with Scene() as scene:
        knows(scene)
        scene.llm.answers(STALLED, "It is noon.")
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert abs(gaps(scene)[0] - FIRST_TOKEN_DELAY) < 0.01


@virtual_time
async def test_there_is_one_a_turn_whatever_its_drafts() -> None:
    """The first draft has used it up; the answer to the whole turn is asked for again as without it."""
    async with Scene(hedges_model=True) as scene:
        knows(scene)
        scene.llm.answers(STALLED, STALLED, STALLED, "Very well.", STALLED, "Certainly.")
        ended_at = scene.person.says("I need a table.", at=1.0)
        scene.person.says("For four people.", at=ended_at + 1.2)
        await scene.is_over()
        assert scene.history[-1] == ("assistant", "Very well.")
        assert len(scene.requests) == 4
        hedge, _, again = gaps(scene)
        assert abs(hedge - USUAL) < 0.01
        assert abs(again - FIRST_TOKEN_DELAY) < 0.01
        scene.person.says("And a chair.")
        await scene.is_over()
        assert scene.history[-1] == ("assistant", "Certainly.")
        assert gaps(scene)[-1] < FIRST_TOKEN_DELAY / 2, "the next turn has one of its own"


@settings(AT_RANDOM)
@given(st.lists(st.sampled_from([0.2, 0.6, 1.5, 60.0]), min_size=1, max_size=12), st.sampled_from([0.1, 0.7, 2.0]))
def test_whatever_the_model_does_words_are_heard_once_and_requests_are_bounded(
    first_tokens: list[float], usual: float
) -> None:
    """Each request takes the next of the times to its first token, in turn."""

    async def conversation() -> None:
        async with Scene(hedges_model=True, apology="Oh no.") as scene:
            knows(scene, usual)
            for number, first_token in enumerate(first_tokens):
                scene.llm.first_token = first_token
                before = len(scene.requests)
                scene.person.says(f"Tell me number w{number}.")
                await scene.is_over()
                asked = [request.at for request in scene.requests[before:]]
                assert 1 <= len(asked) <= 2
                if len(asked) == 2:
                    assert asked[1] - asked[0] > min(LEAST_DELAY, usual) - 0.01
                    assert asked[1] - asked[0] < FIRST_TOKEN_DELAY + 0.01
                else:
                    assert first_token < FIRST_TOKEN_DELAY
            turns = [text for role, text in scene.history if role == "user"]
            assert turns == [f"Tell me number w{number}." for number in range(len(first_tokens))]
            assert len(scene.history) == 2 * len(turns), "each is answered, or apologized for"
            scene.check_history()

    run(conversation())
