"""A provider is away for long, or never there: what it costs, what is kept, and when the bot ends."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from pipeline.agent import AgentProfile
from pipeline.audio import Pcm
from pipeline.errors import OutOfReach, ProviderError, Refused, Unavailable
from pipeline.resilience.availability import PATIENCE
from pipeline.speech import Finalize, Transcript
from pipeline.testing import Scene, ScriptedAnswer
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.policy import Policy

BUDGET = Policy().provider_budget
MARGIN = 2.5
"""Seconds for the end of the turn, and for the apology's own making."""
TELLING = 2.5
"""Seconds for telling the person of a provider that is lost."""
TROUBLE = AgentProfile().spoken_trouble

QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"
APOLOGY = "Oh no, say that again please."
GREETING = "Good morning to you."
NO_CONNECTION = Unavailable("llm", "no connection")


def captions_of_bot(scene: Scene) -> list[tuple[float, str]]:
    return [(shown.at, shown.text) for shown in scene.captions if shown.speaker == "bot"]


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# --- the voice ---


@pytest.mark.parametrize("first_says", [None, GREETING])
def test_a_voice_that_swallows_all_it_is_given_costs_one_budget(first_says: str | None) -> None:
    """It hangs for 15 s an attempt and has never spoken: a recording tells the person, and the bot ends."""
    scene = Scene(apology=APOLOGY, greeting=first_says)

    async def scene_without_a_voice() -> None:
        async with scene:
            scene.tts.goes_away(0.0, after=15.0)
            scene.person.says(QUESTION, at=1.0)
            await scene.until(120.0)
            pytest.fail("the bot stays, mute")

    with pytest.raises(OutOfReach, match="no audio within 8 s"):
        run(scene_without_a_voice())
    last_at = scene._steps[-1].at
    assert last_at < 1.0 + 1.0 + BUDGET + MARGIN + TELLING
    assert scene.heard_text == TROUBLE


def test_a_voice_that_goes_for_good_in_mid_call_ends_the_bot_in_time() -> None:
    """The answer can be read meanwhile."""
    scene = Scene(apology=APOLOGY, greeting=GREETING)

    async def scene_with_a_lost_voice() -> None:
        async with scene:
            ended_at = scene.person.says(QUESTION, at=5.0)
            scene.tts.goes_away(4.0, after=15.0)
            await scene.until(ended_at + BUDGET + MARGIN)
            assert ANSWER in [text for _, text in captions_of_bot(scene)]
            await scene.until(300.0)
            pytest.fail("the bot stays, mute")

    with pytest.raises(OutOfReach, match="the voice was away for"):
        run(scene_with_a_lost_voice())
    assert scene._steps[-1].at < 7.0 + BUDGET + PATIENCE + MARGIN + TELLING


@pytest.mark.parametrize("after", [0.0, 5.0])
def test_an_answer_is_kept_while_the_voice_is_away(after: float, caplog: pytest.LogCaptureFixture) -> None:
    """It is shown as text when the budget is spent, and said when the voice is back. The log has two lines about it."""

    async def scene_with_an_outage() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.person.says("Hello there.", at=1.0)
            await scene.is_over()
            begins = scene._clock.now
            scene.tts.goes_away(begins, for_=25.0, after=after)
            ended_at = scene.person.says(QUESTION, at=begins + 1.0)
            await scene.until(ended_at + BUDGET + MARGIN)
            assert ANSWER in [text for _, text in captions_of_bot(scene)]
            assert ("assistant", ANSWER) not in scene.history, "nobody has heard it"
            await scene.is_over()
            assert scene.history[2:] == [("user", QUESTION), ("assistant", TROUBLE), ("assistant", ANSWER)]
            assert [word.text for word in scene.heard[-8:]] == ANSWER.split()
            assert scene.heard[-8].at < begins + 25.0 + BUDGET
            assert len(scene.requests) == 2
            scene.check_history()

    run(scene_with_an_outage())
    lost, back = warnings_in(caplog)
    assert "the voice is lost" in lost
    assert "the voice is back after" in back


@virtual_time
async def test_a_greeting_is_said_when_the_voice_is_back() -> None:
    async with Scene(greeting=GREETING) as scene:
        scene.tts.goes_away(0.0, for_=25.0)
        await scene.is_over()
        assert scene.history == [("assistant", TROUBLE), ("assistant", GREETING)]
        assert scene.heard[-1].at > 25.0


@virtual_time
async def test_an_answer_that_is_none_any_more_is_not_said_when_the_voice_is_back() -> None:
    """What was said meanwhile is part of the turn, and answered with it."""
    async with Scene() as scene:
        scene.tts.goes_away(0.5, for_=25.0)
        scene.person.says(QUESTION, at=1.0)
        scene.person.says("And in London?", at=15.0)
        await scene.is_over()
        assert scene.heard_text == f"{TROUBLE} You said: {QUESTION} And in London? What else?"
        assert scene.person_text == f"{QUESTION} And in London?"
        scene.check_history()


@virtual_time
async def test_a_reply_that_breaks_off_on_air_goes_on_when_the_voice_is_back() -> None:
    story = "Once upon a time there was a king. He had three daughters and a very old castle."
    async with Scene() as scene:
        scene.llm.answers(story)
        scene.tts.fails_at("daughters", times=12)
        scene.person.says("Tell me a story.", at=1.0)
        await scene.is_over()
        assert scene.bot_text == story.replace("daughters", f"{TROUBLE} daughters")
        scene.check_history()


@virtual_time
async def test_what_is_said_on_request_waits_for_the_voice() -> None:
    async with Scene() as scene:
        scene.tts.goes_away(0.0, for_=25.0)
        ended = await scene.say("One moment please.")
        assert (ended.heard, ended.is_cut) == ("One moment please.", False)


# --- the language model ---


@pytest.mark.parametrize("stall", [0.0, 15.0, 600.0])
def test_a_model_that_is_away_costs_one_budget_and_an_apology(stall: float, caplog: pytest.LogCaptureFixture) -> None:
    async def scene_without_a_model() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.llm.answers(*[ScriptedAnswer(stall=stall, error=NO_CONNECTION)] * 50)
            ended_at = scene.person.says(QUESTION, at=1.0)
            await scene.is_over()
            assert scene.history == [("user", QUESTION), ("assistant", APOLOGY)]
            assert scene.heard[0].at < ended_at + BUDGET + MARGIN
            scene.llm.says_only("Here I am.")
            scene.person.says("Hello again.")
            await scene.is_over()
            assert scene.history[2:] == [("user", "Hello again."), ("assistant", "Here I am.")]
            scene.check_history()

    run(scene_without_a_model())
    messages = [message for message in warnings_in(caplog) if "the language model is" in message]
    assert ["lost" in message for message in messages] == [True, False]


# --- a refusal, at any time ---


@pytest.mark.parametrize("provider", ["llm", "tts"])
@pytest.mark.parametrize("at", ["warming", "the reply"])
def test_a_refusal_in_mid_call_ends_the_bot(provider: str, at: str) -> None:
    """When it is seen at the beginning of what the person says, they are told once they have said it."""
    refused = Refused(provider, "the key has been withdrawn")

    async def scene_with_a_withdrawn_key() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.person.says("Hello there.", at=1.0)
            await scene.is_over()
            assert len(scene.history) == 2
            if at == "warming":
                getattr(scene, provider).warm_error = refused
            if provider == "llm":
                scene.llm.answers(*[ScriptedAnswer(error=refused)] * 20)
            else:
                scene.tts.goes_away(scene._clock.now, error=refused)
            scene.person.says(QUESTION)
            await scene.until(scene._clock.now + 10.0)
            pytest.fail("the bot goes on")

    with pytest.raises(Refused, match="withdrawn"):
        run(scene_with_a_withdrawn_key())


# --- the start ---


@pytest.mark.parametrize("provider", ["llm", "tts"])
def test_a_provider_that_cannot_be_reached_at_the_start_ends_the_bot(provider: str) -> None:
    scene = Scene()

    async def scene_without_a_provider() -> None:
        error: ProviderError = Unavailable(provider, "nothing listens there")
        async with scene:
            getattr(scene, provider).warm_error = error
            await scene.until(60.0)
            pytest.fail("the bot goes on")

    with pytest.raises(OutOfReach, match="nothing listens there"):
        run(scene_without_a_provider())


class Unreachable:
    """A transcriber whose every attempt to connect takes so many seconds, and fails."""

    def __init__(self, costs: float) -> None:
        self._costs = costs

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        await asyncio.sleep(self._costs)
        raise Unavailable("stt", "no connection")
        yield


@pytest.mark.parametrize("costs", [0.0, 3.0, 15.0, 600.0])
def test_a_transcriber_that_never_connects_costs_one_budget(costs: float) -> None:
    scene = Scene(stt=Unreachable(costs))

    async def scene_without_ears() -> None:
        async with scene:
            await scene.until(BUDGET + MARGIN + TELLING)
            pytest.fail("the bot stays, deaf")

    with pytest.raises(OutOfReach, match=r"the transcriber was away for|took no audio within 8 s"):
        run(scene_without_ears())


@virtual_time
async def test_a_provider_that_comes_late_at_the_start_is_waited_for() -> None:
    async with Scene() as scene:
        scene.llm.warm_error = Unavailable("llm", "not yet")
        scene.does(5.0, lambda: setattr(scene.llm, "warm_error", None))
        scene.person.says(QUESTION, at=9.0)
        await scene.is_over()
        assert len(scene.history) == 2
