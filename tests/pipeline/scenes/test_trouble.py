"""A provider refuses, or stays away: the person is told, and then the bot leaves, stays, or hands them over."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.clock import loop_time
from pipeline.errors import Declined, OutOfReach, ProviderError, Refused, Unavailable
from pipeline.events import PersonTransferred, ProviderEvent, TransferFailed
from pipeline.resilience.availability import PATIENCE
from pipeline.resilience.chain import Chain, Link
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.policy import Policy
from tests.pipeline.scenes.faults import Fault, FaultyProvider

BUDGET = Policy().provider_budget
GREETING = "Good morning to you."
QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"
TROUBLE = "Sorry, I have a technical problem."
STORY = "Once upon a time there was a king. He had three daughters and a very old castle."
REFUSED = Refused("tts", "the key has been withdrawn")
GONE = Unavailable("tts", "no connection")


def refuse(scene: Scene, stage: str, since: float, until: float = float("inf")) -> None:
    """Have a provider refuse all it is asked, between two seconds of the scene."""
    working: Any = getattr(scene, stage)
    fault = Fault("refused")
    scene.does(since, fault.begins)
    scene.does(min(until, 3600.0), lambda: setattr(fault, "until", loop_time()))
    working.chain = Chain((Link(FaultyProvider(working, fault), "the only one"),))


def bot_captions(scene: Scene) -> list[str]:
    return [shown.text for shown in scene.captions if shown.speaker == "bot" and shown.final]


def ends(play: Callable[[Scene], Any], scene: Scene, error: type[ProviderError]) -> None:
    """Play a scene that the bot ends with an error."""

    async def played() -> None:
        async with scene:
            await play(scene)
            await scene.until(120.0)
            pytest.fail("the bot stays")

    with pytest.raises(error):
        run(played())


# --- leave ---


@pytest.mark.parametrize("stage", ["stt", "llm", "tts"])
def test_a_refusal_in_mid_call_is_told_before_the_bot_leaves(stage: str) -> None:
    scene = Scene(greeting=GREETING)

    async def play(scene: Scene) -> None:
        refuse(scene, stage, since=3.0)
        scene.person.says(QUESTION, at=4.0)

    ends(play, scene, Refused)
    assert scene.heard_text == f"{GREETING} {TROUBLE}"
    assert bot_captions(scene)[-1] == TROUBLE
    assert scene.session.history[-1].text == TROUBLE
    if stage != "stt":
        assert scene.history[1:] == [("user", QUESTION), ("assistant", TROUBLE)]
    scene.check_history()


def test_a_voice_that_vanishes_is_told_once_at_the_budget_and_once_before_the_bot_leaves() -> None:
    scene = Scene(greeting=GREETING)

    async def play(scene: Scene) -> None:
        scene.tts.goes_away(3.0, error=GONE)
        scene.person.says(QUESTION, at=4.0)

    ends(play, scene, OutOfReach)
    begun_at = [word.at for word in scene.heard if word.text == "Sorry,"]
    assert begun_at == [pytest.approx(5.0 + BUDGET, abs=2.0), pytest.approx(5.0 + PATIENCE, abs=3.0)]
    assert scene._steps[-1].at < begun_at[-1] + 4.0


def test_a_refusal_with_nobody_there_ends_the_bot_at_once() -> None:
    scene = Scene(joins=False)

    async def play(scene: Scene) -> None:
        scene.tts.warm_error = REFUSED

    ends(play, scene, Refused)
    assert scene.heard_text == ""


def test_one_who_goes_on_talking_does_not_keep_a_bot_that_cannot_answer() -> None:
    scene = Scene()

    async def play(scene: Scene) -> None:
        scene.does(0.5, lambda: setattr(scene.tts, "warm_error", REFUSED))
        for number in range(30):
            scene.person.says(f"And then there was number {number} of them and", at=1.0 + 3.0 * number)

    ends(play, scene, Refused)
    assert scene._steps[-1].at < 30.0
    assert "number 1 of them" in scene.person_text


def test_a_bot_without_a_voice_ends_without_a_word() -> None:
    scene = Scene(tts=None)

    async def play(scene: Scene) -> None:
        scene.stt.refuses_at = 2.0

    ends(play, scene, Refused)
    assert scene._steps[-1].at < 2.5


# --- the voice comes back ---


@virtual_time
async def test_a_turn_that_a_vanished_voice_is_to_answer_is_not_answered_by_nothing() -> None:
    async with Scene(greeting=GREETING) as scene:
        scene.tts.goes_away(3.0, for_=25.0, error=GONE)
        ended_at = scene.person.says(QUESTION, at=4.0)
        assert await scene.hears("Sorry,") < ended_at + BUDGET + 2.0
        await scene.is_over()
        assert scene.history[1:] == [("user", QUESTION), ("assistant", TROUBLE), ("assistant", ANSWER)]
        assert len(scene.requests) == 1, "the answer was kept"
        scene.check_history()


@virtual_time
async def test_a_reply_that_breaks_off_on_air_is_gone_on_with_when_the_voice_is_back() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.tts.fails_at("daughters", times=12)
        scene.person.says("Tell me a story.", at=1.0)
        await scene.is_over()
        assert scene.heard_text == STORY.replace("three ", f"three {TROUBLE} ")
        assert scene.bot_text == scene.heard_text
        assert len(scene.requests) == 1
        scene.check_history()


@virtual_time
async def test_what_is_asked_while_the_voice_is_away_is_answered_together() -> None:
    async with Scene(on_failure="stay") as scene:
        scene.tts.goes_away(0.5, for_=60.0, error=REFUSED)
        scene.person.says(QUESTION, at=1.0)
        scene.person.says("And in London?", at=20.0)
        await scene.is_over()
        assert scene.person_text == f"{QUESTION} And in London?"
        assert scene.heard_text.count("Sorry,") == 1
        assert scene.prompts[-1][-1] == ("user", f"{QUESTION}\nAnd in London?")
        assert scene.history[-1][0] == "assistant"
        scene.check_history()


# --- stay ---


@pytest.mark.parametrize("stage", ["llm", "tts"])
def test_a_bot_that_stays_says_so_once_and_answers_when_the_provider_is_back(stage: str) -> None:
    async def conversation() -> None:
        async with Scene(greeting=GREETING, on_failure="stay") as scene:
            refuse(scene, stage, since=3.0, until=60.0)
            scene.person.says(QUESTION, at=4.0)
            await scene.is_over()
            assert scene.history[1:] == [("user", QUESTION), ("assistant", TROUBLE), ("assistant", ANSWER)]
            assert scene.heard[-1].at < 85.0
            scene.person.says("Thank you.")
            await scene.is_over()
            assert scene.history[-1] == ("assistant", "You said: Thank you. What else?")
            scene.check_history()

    run(conversation())


@virtual_time
async def test_what_is_said_to_a_refusing_transcriber_is_heard_when_it_is_back() -> None:
    async with Scene(greeting=GREETING, on_failure="stay") as scene:
        refuse(scene, "stt", since=3.0, until=20.0)
        scene.person.says(QUESTION, at=8.0)
        await scene.until(40.0)
        await scene.is_over()
        assert scene.heard_text.count("Sorry, I have a technical problem.") == 1
        assert scene.history[-2:] == [("user", QUESTION), ("assistant", ANSWER)]
        scene.check_history()


@pytest.mark.parametrize("since", [6.0, 6.4, 6.6, 7.0])
def test_a_turn_that_was_left_open_when_the_transcriber_was_lost_is_answered_when_it_is_back(since: float) -> None:
    """Also when it has nothing to add: all words had come, and the person had stopped in mid-sentence."""

    async def conversation() -> None:
        async with Scene(greeting=GREETING, on_failure="stay") as scene:
            refuse(scene, "stt", since=since, until=since + 1.0)
            scene.person.says("What time is it and", at=5.0)
            await scene.until(15.0)
            await scene.is_over()
            assert scene.history[-2] == ("user", "What time is it and")
            assert scene.history[-1][0] == "assistant"
            scene.check_history()

    run(conversation())


@virtual_time
async def test_a_second_outage_is_told_again() -> None:
    async with Scene(greeting=GREETING, on_failure="stay") as scene:
        scene.tts.goes_away(3.0, for_=20.0, error=REFUSED)
        scene.tts.goes_away(60.0, for_=20.0, error=REFUSED)
        scene.person.says(QUESTION, at=4.0)
        scene.person.says("Thank you.", at=61.0)
        await scene.until(100.0)
        assert scene.heard_text.count(TROUBLE) == 2
        assert scene.history[-1] == ("assistant", "You said: Thank you. What else?")
        scene.check_history()


# --- transfer ---


@virtual_time
async def test_a_bot_that_transfers_tells_the_person_and_hangs_up() -> None:
    async with Scene(greeting=GREETING, on_failure="transfer") as scene:
        asked_at = list[float]()

        async def transfer() -> ProviderEvent:
            asked_at.append(scene._clock.now)
            return PersonTransferred(loop_time())

        scene.session.losses.transfer_person = transfer
        refuse(scene, "tts", since=3.0)
        scene.person.says(QUESTION, at=4.0)
        await scene.until(30.0)
        assert scene.session.has_ended
        assert len(asked_at) == 1
        assert asked_at[0] > scene.heard[-1].at
        assert scene.history[1:] == [("user", QUESTION), ("assistant", TROUBLE)]


@pytest.mark.parametrize("has_someone", [True, False])
def test_where_nobody_takes_over_the_bot_ends(has_someone: bool) -> None:
    scene = Scene(greeting=GREETING, on_failure="transfer")

    async def play(scene: Scene) -> None:
        async def transfer() -> ProviderEvent:
            return TransferFailed(loop_time(), "the line is busy")

        if has_someone:
            scene.session.losses.transfer_person = transfer
        refuse(scene, "llm", since=3.0)
        scene.person.says(QUESTION, at=4.0)

    ends(play, scene, Refused)
    assert scene.heard_text == f"{GREETING} {TROUBLE}"


# --- whose voice it is ---


def kept_words(scene: Scene) -> int:
    """How many words the voice has been asked for or stood in for until now."""
    return len(scene.tts.words)


@virtual_time
async def test_the_sentence_is_made_ahead_once_a_reply_is_on_its_way() -> None:
    async with Scene(greeting=GREETING, on_failure="stay") as scene:
        scene.person.says(QUESTION, at=3.0)
        await scene.is_over()
        chunks = [chunk.strip() for _, chunk in scene.tts.chunks]
        assert chunks.count(TROUBLE) == 1
        assert chunks.index(TROUBLE) == 1, "behind the greeting, before the first answer"
        scene.tts.goes_away(scene._clock.now, for_=10.0, error=REFUSED)
        before = kept_words(scene)
        scene.person.says("Hello?")
        await scene.hears("problem.")
        assert kept_words(scene) == before, "what was kept is played"


@virtual_time
async def test_a_recording_stands_in_for_a_voice_that_never_spoke() -> None:
    async with Scene(language="de", greeting=GREETING, on_failure="stay") as scene:
        scene.tts.goes_away(0.0, for_=20.0, error=REFUSED)
        await scene.is_over()
        assert scene.history == [
            ("assistant", "Entschuldigung, ich habe ein technisches Problem."),
            ("assistant", GREETING),
        ]
        scene.check_history()


@virtual_time
async def test_a_voice_that_declines_even_the_apology_does_not_leave_silence() -> None:
    async with Scene(greeting=GREETING) as scene:
        scene.tts.goes_away(3.0, for_=5.0, error=Declined("tts", "not this text"))
        scene.person.says(QUESTION, at=4.0)
        await scene.is_over()
        assert scene.history[1:] == [("user", QUESTION), ("assistant", TROUBLE)]
        scene.check_history()


@pytest.mark.parametrize("error", [GONE, KeyError("a bug in the voice")], ids=["fails", "has a bug"])
@virtual_time
async def test_making_it_ahead_in_vain_costs_nothing(error: Exception) -> None:
    async with Scene(greeting=GREETING) as scene:
        scene.tts.fails_at("technical", times=1, error=error)
        scene.person.says(QUESTION, at=3.0)
        await scene.is_over()
        assert scene.history == [("assistant", GREETING), ("user", QUESTION), ("assistant", ANSWER)]


@virtual_time
async def test_the_model_does_not_read_what_was_said_of_a_lost_provider() -> None:
    async with Scene(on_failure="stay") as scene:
        refuse(scene, "tts", since=0.5, until=20.0)
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        scene.person.says("Thank you.")
        await scene.is_over()
        assert all(TROUBLE not in text for _, text in scene.prompts[-1])
