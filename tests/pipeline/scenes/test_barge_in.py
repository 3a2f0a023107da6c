"""The person speaks, or makes a noise, while the bot does."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.commands import Cut, Duck, Hold, Resume
from pipeline.errors import Unavailable
from pipeline.events import ReplyEnded
from pipeline.speech_handles import SpeechOutcome
from pipeline.testing import Scene, ScriptedAnswer
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.caller import Floor
from pipeline.turn.history import CUT_MARK
from tests.pipeline.scenes.at_random import AT_RANDOM

STORY = (
    "Once upon a time there was a king. He had three daughters and a very old castle. One day the eldest went out into"
    " the woods. There she met a fox who could talk."
)
WORDS = STORY.split()


class Story(Scene):
    """The bot tells a story that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.llm.answers(STORY)
        self.person.says("Tell me a story.", at=1.0)

    def check_every_word_was_heard_once(self) -> None:
        whole = [word.text for word in self.heard if word.share > 0.9]
        assert whole == WORDS
        assert self.bot_text == STORY
        self.check_history()


@AT_RANDOM
@given(st.floats(0.0, 8.0), st.sampled_from(["Stop.", "Wait, what was his name?", "No no no."]))
def test_words_cut_the_bot_off_and_the_model_is_told_where(after: float, words: str) -> None:
    async def scene_with_a_barge_in() -> None:
        async with Story() as scene:
            began_at = await scene.hears("Once") + after
            scene.person.says(words, at=began_at)
            await scene.until(began_at + 0.5)
            assert scene.loudness_between(began_at + 0.4, began_at + 0.5) == 0, "silent in 400 ms"
            await scene.is_over()
            heard = scene.ended[0].heard
            assert STORY.startswith(heard)
            said = [("user", "Tell me a story."), ("assistant", heard), ("user", words)]
            assert scene.history[:3] == said
            assert scene.session.history[1].cut
            assert scene.prompts[-1] == [said[0], ("assistant", f"{heard} {CUT_MARK}"), said[2]]
            cut, *others = [shown for shown in scene.captions if shown.speaker == "bot" and shown.final]
            rest = STORY.removeprefix(heard).strip()
            assert cut.text == heard
            assert cut.unheard
            assert rest.startswith(cut.unheard), "what was not heard is shown as far as it was written"
            assert not any(shown.unheard for shown in others)
            scene.check_history()

    run(scene_with_a_barge_in())


@virtual_time
async def test_the_bot_ducks_before_it_falls_silent() -> None:
    async with Story() as scene:
        at = await scene.hears("daughters") + 0.03
        scene.person.says("Stop it now.", at=at)
        await scene.until(at + 1.0)
        loudness = [scene.loudness_between(at + 0.01 * tick, at + 0.01 * tick + 0.01) for tick in range(50)]
        quiet = next(tick for tick, loud in enumerate(loudness) if loud < 0.5 * loudness[0])
        silent = next(tick for tick, loud in enumerate(loudness) if loud == 0)
        assert 0.06 <= 0.01 * quiet <= 0.2
        assert 0.2 <= 0.01 * silent <= 0.4


@AT_RANDOM
@example(7.5, 0.08)
@given(st.floats(0.0, 7.5), st.floats(0.05, 1.0))
def test_after_a_cough_the_story_goes_on_without_a_word_lost(after: float, duration: float) -> None:
    """Up to the last 1.4 s of the story: there must be more than a second of it left."""

    async def scene_with_a_cough() -> None:
        async with Story() as scene:
            at = await scene.hears("Once") + after
            over_at = scene.person.coughs(at=at, for_=duration)
            await scene.until(over_at + 1.0)
            assert scene.loudness_between(over_at + 0.9, over_at + 1.0) > 10_000, "it goes on in a second"
            await scene.is_over()
            scene.check_every_word_was_heard_once()
            assert len(scene.requests) == 1

    run(scene_with_a_cough())


@virtual_time
async def test_a_short_cough_only_ducks_the_bot() -> None:
    async with Story() as scene:
        at = await scene.hears("three")
        scene.person.coughs(at=at, for_=0.12)
        await scene.is_over()
        scene.check_every_word_was_heard_once()
        assert any(word.is_ducked for word in scene.heard)
        assert all(word.share > 0.99 for word in scene.heard), "no word was held"


@virtual_time
async def test_a_backchannel_is_taken_down_and_not_answered() -> None:
    async with Story() as scene:
        at = await scene.hears("three")
        scene.person.says("mm-hm", at=at)
        await scene.is_over()
        scene.check_every_word_was_heard_once()
        assert ("user", "mm-hm") in scene.history
        assert len(scene.requests) == 1


@virtual_time
async def test_yes_to_the_last_words_of_a_reply_is_an_answer() -> None:
    async with Scene() as scene:
        scene.llm.answers("Shall I go on?", "Well then.")
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("on?")
        scene.person.says("Yes.", at=at)
        await scene.is_over()
        assert scene.history[-3:] == [("assistant", "Shall I go on?"), ("user", "Yes."), ("assistant", "Well then.")]
        scene.check_history()


@pytest.mark.parametrize(("after", "heard"), [(0.05, f"Shall I go {CUT_MARK}"), (0.15, "Shall I go on?")])
def test_a_reply_that_ends_in_its_last_word_is_told_as_cut_only_when_that_was_not_heard(
    after: float, heard: str
) -> None:
    async def scene_with_an_interruption() -> None:
        async with Scene() as scene:
            scene.llm.answers("Shall I go on?", "Well then.")
            scene.person.says("Tell me a story.", at=1.0)
            scene.does(await scene.hears("on?") + after, scene.session.requests.interrupt)
            await scene.comes(ReplyEnded)
            scene.person.says("Yes.")
            await scene.is_over()
            assert scene.prompts[-1] == [("user", "Tell me a story."), ("assistant", heard), ("user", "Yes.")]
            assert all(word.share < 0.95 for word in scene.heard if word.text == "on?"), "it was broken off"
            scene.check_history()

    run(scene_with_an_interruption())


@pytest.mark.parametrize("error", [None, Unavailable("llm", "no answer")])
def test_a_reply_whose_text_is_not_all_there_is_cut_also_after_a_whole_word(error: Unavailable | None) -> None:
    async def scene_with_an_interruption() -> None:
        async with Scene() as scene:
            scene.llm.tokens_a_second = 4.0
            scene.llm.answers(
                ScriptedAnswer("Shall I go on? Or" if error else "Shall I go on? Or is it enough?", error=error)
            )
            scene.person.says("Tell me a story.", at=1.0)
            scene.does(await scene.hears("on?") + 0.15, scene.session.requests.interrupt)
            await scene.comes(ReplyEnded)
            assert scene.ended[0].heard == "Shall I go on?"
            assert scene.ended[0].is_cut
            await scene.is_over()

    run(scene_with_an_interruption())


@virtual_time
async def test_speech_that_goes_on_without_a_word_ends_the_reply() -> None:
    async with Story() as scene:
        at = await scene.hears("three")
        scene.person.coughs(at=at, for_=3.0)
        await scene.is_over()
        assert scene.ended[0].is_cut
        assert scene.loudness_between(at + 0.4, at + 3.0) == 0
        assert len(scene.requests) == 1, "nothing was said that could be answered"
        scene.check_history()


@virtual_time
async def test_the_program_can_interrupt() -> None:
    async with Story() as scene:
        at = await scene.hears("three")
        scene.does(at + 0.1, scene.session.requests.interrupt)
        await scene.is_over()
        assert scene.loudness_between(at + 0.15, at + 1.0) == 0
        assert scene.bot_text == "Once upon a time there was a king. He had"
        scene.check_history()


@virtual_time
async def test_interrupting_silence_changes_nothing() -> None:
    async with Scene() as scene:
        scene.does(0.5, scene.session.requests.interrupt)
        scene.person.says("Hello there.", at=1.0)
        await scene.is_over()
        assert len(scene.history) == 2


@virtual_time
async def test_what_was_said_when_the_answer_was_about_to_come_belongs_to_the_question() -> None:
    """The person goes on in the moment in which the reply is released: nothing is lost, one answer is given to all."""
    async with Scene() as scene:
        ended_at = scene.person.says("Tell me a story.", at=1.0)
        scene.person.says("About a fox.", at=ended_at + 0.6)
        await scene.is_over()
        assert scene.person_text == "Tell me a story. About a fox."
        assert "About a fox." in scene.prompts[-1][-1][1]
        scene.check_history()


@pytest.mark.parametrize("gap", [0.2, 0.6, 1.0])
def test_a_barge_in_in_two_parts_is_one_turn(gap: float) -> None:
    async def scene_of_two_parts() -> None:
        async with Story() as scene:
            at = await scene.hears("three")
            half_at = scene.person.says("Stop and", at=at)
            scene.person.says("tell me another one.", at=half_at + gap)
            await scene.is_over()
            assert scene.history[2] == ("user", "Stop and tell me another one.")
            assert len(scene.history) == 4
            scene.check_history()

    run(scene_of_two_parts())


@virtual_time
async def test_a_bot_without_a_transcriber_ducks_holds_and_is_cut_by_speech_that_goes_on() -> None:
    async with Scene(stt=None, llm=None) as scene:
        saying = scene.plays(scene.say(STORY))
        at = await scene.hears("daughters")
        scene.person.says("One two three four five six seven eight nine ten.", at=at)
        outcome = await saying
        assert isinstance(outcome, SpeechOutcome)
        assert outcome.is_cut
        assert STORY.startswith(outcome.heard)
        await scene.is_over()
        assert [
            type(order) for step in scene._steps for order in step.commands if isinstance(order, Duck | Hold | Cut)
        ] == [
            Duck,
            Hold,
            Cut,
        ]


@virtual_time
async def test_a_bot_without_a_transcriber_goes_on_at_once_after_a_cough() -> None:
    async with Scene(stt=None, llm=None) as scene:
        saying = scene.plays(scene.say(STORY))
        scene.person.coughs(at=await scene.hears("daughters"))
        outcome = await saying
        assert isinstance(outcome, SpeechOutcome)
        assert (outcome.heard, outcome.is_cut) == (STORY, False)
        held, resumed = (
            next(step.at for step in scene._steps if any(isinstance(c, kind) for c in step.commands))
            for kind in (Hold, Resume)
        )
        assert resumed - held < 0.6
        await scene.is_over()
        assert scene.session.state.floor is Floor.SILENT
