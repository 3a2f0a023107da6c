"""A transcriber that is slow, stalls, or is away: the bot waits for the words, and never answers a part of them."""

import pytest

from pipeline.agent import NOT_HEARD
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import run, virtual_time

SENTENCE = "He ate the apple that lay there yesterday."
LONG = (
    "I would like to book a table for four people",
    "on the second of March or the third if that is better",
    "and one of us eats no meat and another one eats no fish",
    "so please tell me what you have for the two.",
)


def turns(scene: Scene) -> list[str]:
    return [text for role, text in scene.history if role == "user"]


def answers(scene: Scene) -> list[str]:
    return [text for role, text in scene.history if role == "assistant" and text != NOT_HEARD]


# --- slower than real time ---


@pytest.mark.parametrize("speed", [0.9, 0.7, 0.5, 0.3, 0.1])
def test_a_slow_transcriber_makes_one_turn_of_a_long_sentence(speed: float) -> None:
    """Eleven seconds with pauses to breathe."""

    async def slow() -> None:
        async with Scene() as scene:
            scene.stt.speed = speed
            ended_at = 0.6
            for part in LONG:
                ended_at = scene.person.says(part, at=ended_at + 0.4)
            await scene.is_over()
            assert turns(scene) == [" ".join(LONG)]
            assert len(answers(scene)) == 1
            assert not any(message.cut for message in scene.session.history)
            scene.check_history()

    run(slow())


@pytest.mark.parametrize("speed", [0.7, 0.5, 0.3, 0.1])
def test_with_a_slow_transcriber_each_utterance_is_a_turn(speed: float) -> None:
    async def slow() -> None:
        async with Scene() as scene:
            scene.stt.speed = speed
            for text in (*LONG, "Yes.", SENTENCE):
                scene.person.says(text)
                await scene.is_over()
            assert turns(scene) == [*LONG, "Yes.", SENTENCE]
            assert len(answers(scene)) == 6
            assert not any(message.cut for message in scene.session.history)
            scene.check_history()

    run(slow())


@virtual_time
async def test_a_slow_transcriber_is_behind_until_it_has_caught_up() -> None:
    async with Scene() as scene:
        scene.stt.speed = 0.3
        ended_at = scene.person.says(" ".join(LONG[:2]), at=1.0)
        await scene.until(ended_at + 1.0)
        assert scene.session.state.hearing.behind_since is not None
        assert scene.agent_states[-1][1] == "listening"
        await scene.is_over()
        assert scene.session.state.hearing.behind_since is None


# --- a stall ---


@pytest.mark.parametrize("duration", [3.0, 6.0])
def test_a_transcriber_that_stalls_makes_the_bot_wait(duration: float) -> None:
    async def stall() -> None:
        async with Scene() as scene:
            scene.stt.stalls(1.45, for_=duration)
            scene.person.says(SENTENCE, at=1.0)
            await scene.is_over()
            assert turns(scene) == [SENTENCE]
            assert len(scene.history) == 2
            scene.check_history()

    run(stall())


@pytest.mark.parametrize("duration", [11.0, 30.0])
def test_after_a_long_stall_the_words_are_one_turn(duration: float) -> None:
    """The bot has said meanwhile that it did not hear them."""

    async def stall() -> None:
        async with Scene() as scene:
            scene.stt.stalls(1.45, for_=duration)
            scene.person.says(SENTENCE, at=1.0)
            await scene.until(1.45 + duration)
            await scene.is_over()
            assert turns(scene) == [SENTENCE]
            notice, answer = (text for role, text in scene.history if role == "assistant")
            assert NOT_HEARD.startswith(notice)
            assert SENTENCE in answer
            scene.check_history()

    run(stall())


@pytest.mark.parametrize("stalls_at", [0.5, 1.45])
def test_a_transcriber_that_stalls_for_ever_is_reported_once_and_no_fragment_is_answered(stalls_at: float) -> None:
    async def stall() -> None:
        async with Scene() as scene:
            scene.stt.stalls(stalls_at)
            ended_at = scene.person.says(SENTENCE, at=1.0)
            scene.person.says(SENTENCE, at=30.0)
            await scene.until(60.0)
            assert scene.history == [("assistant", NOT_HEARD)]
            assert scene.requests == []
            assert ended_at + 8.0 < scene.heard[0].at < ended_at + 9.5
            assert scene.agent_states[-1][1] == "listening"

    run(stall())


@virtual_time
async def test_a_fragment_is_joined_with_what_the_person_says_when_asked_again() -> None:
    async with Scene() as scene:
        scene.stt.stalls(1.45, for_=16.0)
        scene.person.says("He came to see us and", at=1.0)
        scene.person.says("to eat with us yesterday.", at=2.6)
        await scene.until(16.0)
        scene.person.says("He came to see us.", at=16.0)
        await scene.is_over()
        assert turns(scene) == ["He came to see us and to eat with us yesterday. He came to see us."]
        assert len(answers(scene)) == 1
        scene.check_history()


@virtual_time
async def test_a_program_can_speak_while_words_are_missing() -> None:
    async with Scene() as scene:
        scene.stt.stalls(1.45)
        scene.person.says(SENTENCE, at=1.0)
        await scene.until(16.0)
        outcome = await scene.say("Please wait a moment.")
        assert outcome.heard == "Please wait a moment."


@virtual_time
async def test_a_bot_that_speaks_only_when_told_says_nothing_of_its_own() -> None:
    async with Scene(answers=False) as scene:
        scene.stt.stalls(1.45)
        scene.person.says(SENTENCE, at=1.0)
        await scene.until(30.0)
        assert scene.history == []


# --- an outage ---


@pytest.mark.parametrize("duration", [1.0, 5.0, 25.0])
@pytest.mark.parametrize("catches_up", [0.1, 0.8, 2.5])
def test_an_outage_in_mid_sentence_makes_one_turn(duration: float, catches_up: float) -> None:
    async def outage() -> None:
        async with Scene() as scene:
            scene.stt.goes_away(1.45, for_=duration)
            scene.does(1.5, lambda: setattr(scene.stt, "delay", catches_up))
            scene.person.says(SENTENCE, at=1.0)
            await scene.until(1.45 + duration)
            await scene.is_over()
            assert turns(scene) == [SENTENCE]
            assert len(answers(scene)) == 1
            assert len(scene.history) == 2 + (duration > 10.0)
            scene.check_history()

    run(outage())


@virtual_time
async def test_what_was_said_in_an_outage_is_not_glued_to_the_next_question() -> None:
    async with Scene() as scene:
        scene.stt.goes_away(1.45, for_=25.0)
        scene.person.says(SENTENCE, at=1.0)
        await scene.until(35.0)
        scene.person.says("What time is it?")
        await scene.is_over()
        assert turns(scene) == [SENTENCE, "What time is it?"]


# --- no slower where all is well ---


def answered_after(*, noise: float = 0.0, ignores_finalize: bool = False, interval: float = 0.2) -> float:
    """Seconds from the end of the question to its answer."""

    async def question() -> float:
        async with Scene() as scene:
            scene.stt.ignores_finalize, scene.stt.interim_interval = ignores_finalize, interval
            ended_at = scene.person.says("What time is it?", at=1.0)
            if noise:
                ended_at = scene.person.coughs(ended_at + 0.25, for_=noise)
            await scene.is_over()
            assert turns(scene) == ["What time is it?"]
            assert len(answers(scene)) == 1
            return scene.heard[0].at - ended_at

    return run(question())


def test_a_finalize_without_an_answer_costs_no_more_than_its_bound() -> None:
    assert answered_after(ignores_finalize=True) < 0.9
    assert answered_after(ignores_finalize=True, interval=1.0) < 0.9


@pytest.mark.parametrize("ignores_finalize", [False, True])
@pytest.mark.parametrize("noise", [0.3, 0.9, 1.5, 3.0])
def test_a_noise_behind_the_words_costs_nothing(noise: float, ignores_finalize: bool) -> None:
    assert answered_after(noise=noise, ignores_finalize=ignores_finalize) < 0.9


@pytest.mark.parametrize("ignores_finalize", [False, True])
def test_a_noise_without_words_is_forgotten(ignores_finalize: bool) -> None:
    async def noise() -> None:
        async with Scene() as scene:
            scene.stt.ignores_finalize = ignores_finalize
            scene.person.coughs(1.0, for_=2.5)
            outcome = await scene.say("Hello there.")
            assert outcome.heard == "Hello there."
            assert scene.heard[0].at < 5.5
            await scene.until(30.0)
            assert scene.history == [("assistant", "Hello there.")]
            assert scene.session.state.hearing.behind_since is None

    run(noise())
