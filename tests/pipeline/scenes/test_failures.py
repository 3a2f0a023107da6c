"""A provider fails: what the person hears of it, what is kept, and when it is the end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from pipeline.agent import AgentProfile
from pipeline.errors import Declined, Malformed, Refused, Unavailable
from pipeline.events import ReplyEnded, ReplyReady
from pipeline.session import READY_DELAY
from pipeline.speech import Speech, WordTime
from pipeline.testing import Scene, ScriptedAnswer, ScriptedLanguageModel
from pipeline.testing.virtual_loop import run, virtual_time

QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"
APOLOGY = "Oh no, say that again please."
STORY = "Once upon a time there was a king. He had three daughters and a very old castle."
TROUBLE = AgentProfile().spoken_trouble
GONE = Unavailable("llm", "no answer")


# --- the language model ---


@virtual_time
async def test_a_passing_fault_of_the_model_is_not_heard() -> None:
    async with Scene() as scene:
        scene.llm.answers(ScriptedAnswer(error=GONE))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", ANSWER)]
        assert scene.prompts == [[("user", QUESTION)]] * 2
        scene.check_history()


@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        (ScriptedAnswer(error=Malformed("llm", "no JSON")), 2),
        (ScriptedAnswer(error=Declined("llm", "the content filter stopped it")), 1),
        (ScriptedAnswer(""), 2),
        (ScriptedAnswer("🎉 🎉"), 1),
        (ScriptedAnswer(stall=5.0, error=GONE), 2),
    ],
)
def test_when_no_answer_can_be_made_the_bot_apologizes(answer: ScriptedAnswer, requests: int) -> None:
    """The question is kept, and the next one is answered with it."""

    async def scene_without_an_answer() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.llm.answers(*[answer] * requests)
            scene.person.says(QUESTION, at=1.0)
            await scene.is_over()
            assert scene.history == [("user", QUESTION), ("assistant", APOLOGY)]
            assert len(scene.prompts) == requests
            scene.person.says("Once more please.")
            await scene.is_over()
            assert scene.prompts[-1] == [("user", QUESTION), ("assistant", APOLOGY), ("user", "Once more please.")]
            assert len(scene.history) == 4
            scene.check_history()

    run(scene_without_an_answer())


@virtual_time
async def test_an_answer_that_breaks_off_is_heard_as_far_as_it_goes() -> None:
    async with Scene(apology=APOLOGY) as scene:
        broken = STORY.removesuffix(".")
        scene.llm.answers(ScriptedAnswer(broken, error=GONE))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", broken), ("assistant", APOLOGY)]
        scene.check_history()


@virtual_time
async def test_a_whole_answer_whose_stream_ends_oddly_is_followed_by_no_apology() -> None:
    async with Scene(apology=APOLOGY) as scene:
        scene.llm.answers(ScriptedAnswer(STORY, error=GONE))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", STORY)]
        assert scene.ended[0].error is None
        scene.check_history()


@virtual_time
async def test_whoever_speaks_while_the_model_stalls_is_heard() -> None:
    async with Scene() as scene:
        scene.llm.answers(ScriptedAnswer(stall=30.0, error=GONE), "At last.")
        ended_at = scene.person.says(QUESTION, at=1.0)
        scene.person.says("Hello, are you there?", at=ended_at + 2.0)
        await scene.is_over()
        assert scene.bot_text == "At last."
        assert scene.person_text == f"{QUESTION} Hello, are you there?"
        assert scene.requests[0].outcome == "cancelled"


@virtual_time
async def test_a_draft_that_fails_before_the_end_of_the_turn_costs_nothing() -> None:
    async with Scene() as scene:
        scene.llm.answers(ScriptedAnswer(error=Declined("llm", "too long")))
        ended_at = scene.person.says("I need a table.", at=1.0)
        scene.person.says("For four people.", at=ended_at + 0.45)
        await scene.is_over()
        assert scene.history == [
            ("user", "I need a table. For four people."),
            ("assistant", "You said: I need a table. For four people. What else?"),
        ]


# --- the voice ---


@virtual_time
async def test_a_voice_that_breaks_off_goes_on_where_it_was() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.tts.fails_at("daughters", times=2)
        scene.person.says("Tell me a story.", at=1.0)
        await scene.is_over()
        assert [word.text for word in scene.heard] == STORY.split()
        assert scene.bot_text == STORY
        assert len(scene.requests) == 1
        scene.check_history()


@pytest.mark.parametrize("word_times", [True, False])
def test_an_answer_that_the_voice_declines_is_kept_as_far_as_it_was_heard(word_times: bool) -> None:
    """Without word times nothing is heard of the sentence that failed: it was made ahead, and not in the room yet."""

    async def scene_with_an_odd_word() -> None:
        async with Scene(apology=APOLOGY) as scene:
            if not word_times:
                scene.tts.without_word_times()
            scene.llm.answers(STORY)
            scene.tts.fails_at("daughters", error=Declined("tts", "it cannot speak that"))
            scene.person.says("Tell me a story.", at=1.0)
            await scene.is_over()
            said = "Once upon a time there was a king." + (" He had three" if word_times else "")
            assert scene.history == [("user", "Tell me a story."), ("assistant", said), ("assistant", APOLOGY)]
            scene.check_history()

    run(scene_with_an_odd_word())


@pytest.mark.parametrize("silent_from", ["castle.", "<end>"])
def test_a_voice_that_never_comes_to_an_end_holds_up_nothing(silent_from: str) -> None:
    """It keeps back the last word, or the end behind it: with less than its text could take it is not waited for."""

    async def scene_with_an_open_end() -> None:
        async with Scene() as scene:
            speak = scene.tts.speak
            held = [silent_from]

            async def hangs(text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
                async with aclosing(speak(text)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, WordTime) and piece.text in held:
                            held.clear()
                            await asyncio.sleep(600.0)
                        yield piece
                    if held.count("<end>"):
                        held.clear()
                        await asyncio.sleep(600.0)

            scene.tts.speak = hangs  # type: ignore[method-assign]
            scene.llm.answers(STORY)
            scene.person.says("Tell me a story.", at=1.0)
            await scene.is_over(within=30.0)
            assert [word.text for word in scene.heard] == STORY.split()
            assert scene.bot_text == STORY
            scene.check_history()

    run(scene_with_an_open_end())


@virtual_time
async def test_a_voice_that_declines_all_it_is_given_loses_no_question() -> None:
    async with Scene(apology=APOLOGY) as scene:
        scene.tts.goes_away(0.0, for_=5.0, error=Declined("tts", "not this voice"))
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", TROUBLE)]
        scene.llm.answers("Back again.")
        scene.person.says("Hello there?")
        await scene.is_over()
        assert scene.history[2:] == [("user", "Hello there?"), ("assistant", "Back again.")]


@pytest.mark.parametrize("tokens_a_second", [80.0, 2.0])
def test_an_answer_whose_audio_is_taken_back_after_its_release_is_no_answer(tokens_a_second: float) -> None:
    """Nobody listens yet when the voice fails: what it had made was not written and would have come again.

    The text has ended, or goes on, when it does.
    """

    async def scene_without_a_listener() -> None:
        async with Scene(apology=APOLOGY) as scene:
            scene.tts.without_word_times()
            scene.llm.tokens_a_second = tokens_a_second
            scene.tts.fails_at("said:")
            scene.room.listener.clear()
            scene.person.says(QUESTION, at=1.0)
            await scene.comes(ReplyReady)
            scene.tts.fails_at("You", error=Declined("tts", "it cannot speak that"))
            await scene.comes(ReplyEnded)
            scene.room.listener.set()
            await scene.is_over()
            assert scene.history == [("user", QUESTION), ("assistant", APOLOGY)]
            scene.check_history()

    run(scene_without_a_listener())


# --- the transcriber ---


@pytest.mark.parametrize("at", [0.5, 1.3, 1.9, 2.05, 2.3])
def test_a_lost_transcriber_loses_no_word(at: float) -> None:
    async def scene_with_a_gap() -> None:
        async with Scene() as scene:
            scene.stt.goes_away(at, for_=3.0)
            scene.person.says(QUESTION, at=1.0)
            await scene.is_over()
            assert scene.history == [("user", QUESTION), ("assistant", ANSWER)]
            scene.check_history()

    run(scene_with_a_gap())


@virtual_time
async def test_what_is_said_while_the_transcriber_is_away_is_one_turn_with_what_was_said_before() -> None:
    async with Scene() as scene:
        half_at = scene.person.says("I would like to", at=1.0)
        scene.stt.goes_away(half_at + 0.1, for_=4.0)
        scene.person.says("book a table.", at=half_at + 0.8)
        await scene.is_over()
        assert scene.person_text == "I would like to book a table."
        assert len(scene.history) == 2


@virtual_time
async def test_a_barge_in_without_a_transcriber_still_stops_the_bot() -> None:
    """By its length; and its words are answered when they come."""
    async with Scene() as scene:
        scene.llm.answers(STORY, "Of course.")
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three")
        scene.stt.goes_away(at, for_=6.0)
        scene.person.says("No stop that one I know already.", at=at)
        await scene.is_over()
        assert scene.loudness_between(at + 0.4, at + 5.0) == 0
        assert scene.history[2:] == [("user", "No stop that one I know already."), ("assistant", "Of course.")]
        scene.check_history()


@virtual_time
async def test_a_finalize_without_an_answer_costs_a_bounded_delay() -> None:
    async with Scene() as scene:
        scene.stt.ignores_finalize = True
        ended_at = scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.stt.finalizes
        assert scene.history == [("user", QUESTION), ("assistant", ANSWER)]
        assert scene.heard[0].at < ended_at + 1.2
        scene.check_history()


@virtual_time
async def test_final_words_that_come_after_the_answer_was_begun_are_not_taken_twice() -> None:
    """The last interim had served; the final that comes later holds the same words."""
    async with Scene() as scene:
        scene.stt.ignores_finalize = True
        scene.stt.final_silence = 1.5
        scene.person.says(QUESTION, at=1.0)
        scene.person.says("And tomorrow?", at=8.0)
        await scene.is_over()
        assert [text for role, text in scene.history if role == "user"] == [QUESTION, "And tomorrow?"]
        scene.check_history()


# --- what ends a session ---


@pytest.mark.parametrize("provider", ["stt", "llm", "tts"])
def test_a_provider_that_refuses_at_the_start_ends_the_session(provider: str) -> None:
    async def scene_with_a_wrong_key() -> None:
        scene = Scene()
        if provider == "stt":
            scene.stt.refuses_at = 0.0
        else:
            getattr(scene, provider).warm_error = Refused(provider, "wrong key")
        async with scene:
            await scene.until(5.0)
            pytest.fail("the session goes on")

    with pytest.raises(Refused, match=r"wrong key|withdrawn"):
        run(scene_with_a_wrong_key())


@pytest.mark.parametrize("provider", ["stt", "llm", "tts"])
def test_a_provider_that_is_late_at_the_start_ends_nothing(provider: str) -> None:
    async def scene_with_a_slow_start() -> None:
        scene = Scene()
        getattr(scene, provider).warm_error = Unavailable(provider, "not yet")
        async with scene:
            scene.person.says(QUESTION, at=1.0)
            await scene.until(20.0)
            assert len(scene.history) == 2, "it worked, whatever its warming said"

    run(scene_with_a_slow_start())


@pytest.mark.parametrize(
    ("connecting", "start_timeout", "ready_at"),
    [(2.0, 0.0, 2.0), (20.0, 0.0, READY_DELAY), (20.0, 31.0, 20.0), (40.0, 31.0, 31.0)],
)
@virtual_time
async def test_the_bot_is_shown_to_listen_when_its_providers_are_there_or_late(
    connecting: float, start_timeout: float, ready_at: float
) -> None:
    """One that loads data of its own says how long it may take."""

    class Slow(ScriptedLanguageModel):
        async def warm(self) -> None:
            await asyncio.sleep(connecting)

    llm = Slow()
    llm.start_timeout = start_timeout
    async with Scene(llm=llm) as scene:
        await scene.until(50.0)
        assert scene.agent_states == [(0.0, "initializing"), (pytest.approx(ready_at), "listening")]


def test_a_transcriber_that_refuses_in_mid_call_ends_the_session() -> None:
    """A deaf bot helps nobody; what it says comes to its end, and then the person is told."""
    scene = Scene()

    async def scene_with_a_withdrawn_key() -> None:
        async with scene:
            scene.llm.answers(STORY)
            scene.person.says("Tell me a story.", at=1.0)
            scene.stt.refuses_at = 5.0
            await scene.until(20.0)

    with pytest.raises(Refused, match="withdrawn"):
        run(scene_with_a_withdrawn_key())
    assert scene.history[1:] == [("assistant", STORY), ("assistant", TROUBLE)]


@pytest.mark.parametrize("stage", ["llm", "tts", "vad"])
def test_a_bug_in_a_stage_ends_the_session_with_it(stage: str) -> None:
    async def scene_with_a_bug() -> None:
        async with Scene() as scene:
            if stage == "llm":
                scene.llm.answers(ScriptedAnswer(error=ZeroDivisionError()))
            elif stage == "tts":
                scene.tts.fails_at("said:", error=ZeroDivisionError())
            else:
                scene.vad.bug = ZeroDivisionError()
            scene.person.says(QUESTION, at=1.0)
            await scene.until(10.0)
            pytest.fail("the session goes on")

    with pytest.raises(ZeroDivisionError):
        run(scene_with_a_bug())
