"""What the embedding program has the bot say."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Declined, VoiceBotError
from pipeline.events import PlayoutUnderrun
from pipeline.speech_handles import SpeechOutcome
from pipeline.stages.speak import AHEAD
from pipeline.testing import Scene
from pipeline.testing.scripted_tts import duration_of
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.text.marks import CODE_BLOCK, not_spoken
from tests.pipeline.scenes.at_random import AT_RANDOM

TEXT = "One two three, four five six. Seven eight nine ten eleven twelve! Thirteen fourteen, and so on it goes."


@virtual_time
async def test_a_text_is_spoken_and_told_as_heard() -> None:
    async with Scene() as scene:
        ended = await scene.session.requests.say(TEXT)
        assert (ended.heard, ended.is_cut) == (TEXT, False)
        assert scene.heard_text == TEXT
        assert scene.history == [("assistant", TEXT)]
        assert scene.requests == []
        scene.check_history()


@virtual_time
async def test_texts_are_spoken_one_after_the_other() -> None:
    async with Scene() as scene, asyncio.TaskGroup() as group:
        for text in ("One two.", "Three four.", "Five six."):
            group.create_task(scene.session.requests.say(text))
    assert scene.history == [("assistant", "One two."), ("assistant", "Three four."), ("assistant", "Five six.")]
    assert scene.heard_text == "One two. Three four. Five six."


@AT_RANDOM
@given(st.floats(0.0, 6.0), st.booleans())
def test_a_cut_tells_the_words_that_were_heard(after: float, has_word_times: bool) -> None:
    """To the word with word times; without them as well as can be guessed from the letters."""

    async def scene_with_a_cut() -> None:
        async with Scene() as scene:
            if not has_word_times:
                scene.tts.without_word_times()
            saying = scene.plays(scene.session.requests.say(TEXT))
            scene.does(await scene.hears("One") + after, scene.session.requests.interrupt)
            ended = await saying
            assert isinstance(ended, SpeechOutcome)
            assert ended.is_cut or ended.heard == TEXT  # a cut in the last word may come too late to count
            assert TEXT.startswith(ended.heard)
            if has_word_times:
                scene.check_history()
            assert abs(len(ended.heard.split()) - len(scene.heard_text.split())) <= 2
            ended_at = scene.ended[-1].at
            await scene.until(ended_at + 0.5)
            assert scene.loudness_between(ended_at + 0.03, ended_at + 0.5) == 0

    run(scene_with_a_cut())


@virtual_time
async def test_a_cancelled_text_falls_silent_and_the_next_one_has_its_turn() -> None:
    async with Scene() as scene:
        saying = scene.plays(scene.session.requests.say(TEXT))
        at = await scene.hears("three,")
        saying.cancel()
        assert (await scene.session.requests.say("Next.")).heard == "Next."
        assert await scene.hears("Next.") < at + 0.6
        assert scene.history == [("assistant", "One two"), ("assistant", "Next.")]
        scene.check_history()


@virtual_time
async def test_a_text_that_is_cancelled_before_its_turn_is_never_heard() -> None:
    async with Scene() as scene:
        scene.plays(scene.session.requests.say("One two three."))
        second = scene.plays(scene.session.requests.say("Four five."))
        scene.plays(scene.session.requests.say("Six seven."))
        await scene.hears("two")
        second.cancel()
        await scene.is_over()
        assert scene.history == [("assistant", "One two three."), ("assistant", "Six seven.")]
        scene.check_history()


@virtual_time
async def test_words_do_not_stop_a_text_that_is_not_interruptible() -> None:
    async with Scene() as scene:
        saying = scene.plays(scene.session.requests.say(TEXT, is_interruptible=False))
        at = await scene.hears("three,")
        scene.person.says("Stop it now.", at=at)
        await saying
        assert all(word.share > 0.99 and not word.is_ducked for word in scene.heard)
        await scene.is_over()
        assert scene.history[0] == ("assistant", TEXT)
        assert scene.history[1][1] == "Stop it now."
        assert len(scene.history) == 3, "and they are answered afterwards"
        scene.check_history()


@virtual_time
async def test_the_program_itself_can_stop_a_text_that_is_not_interruptible() -> None:
    async with Scene() as scene:
        saying = scene.plays(scene.session.requests.say(TEXT, is_interruptible=False))
        scene.does(await scene.hears("three,"), scene.session.requests.interrupt)
        ended = await saying
        assert isinstance(ended, SpeechOutcome)
        assert ended.heard == "One two"


@virtual_time
async def test_a_text_talks_over_nobody() -> None:
    async with Scene() as scene:
        ended_at = scene.person.says("This is a long sentence that I am saying to you.", at=1.0)
        scene.plays(_say_at(scene, 2.0, "By the way."))
        await scene.is_over()
        assert await scene.hears("By") > ended_at
        assert [role for role, _ in scene.history] == ["user", "assistant", "assistant"]
        assert scene.history[-1] == ("assistant", "By the way."), "the answer comes first"
        scene.check_history()


async def _say_at(scene: Scene, at: float, text: str) -> SpeechOutcome:
    await scene.until(at)
    return await scene.session.requests.say(text)


@virtual_time
async def test_a_passing_fault_of_the_voice_is_not_heard() -> None:
    async with Scene() as scene:
        scene.tts.fails_at("nine")
        ended = await scene.session.requests.say(TEXT)
        assert (ended.heard, ended.is_cut) == (TEXT, False)
        assert [word.text for word in scene.heard] == TEXT.split()


@virtual_time
async def test_what_was_made_before_a_failure_is_still_played() -> None:
    async with Scene() as scene:
        scene.tts.fails_at("nine", error=Declined("tts", "it cannot speak that"))
        with pytest.raises(Declined, match="cannot speak"):
            await scene.session.requests.say(TEXT)
        until_then = "One two three, four five six. Seven eight"
        assert scene.heard_text == until_then
        assert scene.history == [("assistant", until_then)]
        assert (await scene.session.requests.say("Back again.")).heard == "Back again."
        scene.check_history()


@virtual_time
async def test_a_voice_that_declines_is_reported() -> None:
    async with Scene() as scene:
        scene.tts.fails_at("One", error=Declined("tts", "it cannot speak that"))
        with pytest.raises(Declined, match="cannot speak"):
            await scene.session.requests.say(TEXT)
        assert scene.history == []
        assert (await scene.session.requests.say("Back again.")).heard == "Back again."


@pytest.mark.parametrize("word", ["One", "nine", "goes."])
@virtual_time
async def test_a_bug_of_the_voice_is_no_cut(word: str) -> None:
    """Whoever waits is cancelled, and whoever runs the session told what broke it. What was heard is kept."""
    scene = Scene()
    scene.tts.fails_at(word, error=ZeroDivisionError("a bug"))
    returned: list[SpeechOutcome] = []

    async def saying() -> None:
        returned.append(await scene.session.requests.say(TEXT))

    async def converse() -> None:
        async with scene:
            scene.plays(saying())
            await scene.until(10.0)

    with pytest.raises(ZeroDivisionError):
        await converse()
    assert returned == []
    assert [role for role, _ in scene.history] == ([] if word == "One" else ["assistant"])


@virtual_time
async def test_nothing_to_say_is_said_at_once() -> None:
    async with Scene() as scene:
        for text in ("", "   ", "🎉", "[](a.png)"):
            ended = await scene.session.requests.say(text)
            assert (ended.heard, ended.is_cut) == ("", False)
        assert scene.history == []


@virtual_time
async def test_a_code_block_is_shown_and_stands_as_a_note_in_the_history() -> None:
    async with Scene() as scene:
        text = "Run this.\n  ```sh\n  npm start\n  ```\nThen look."
        said = f"Run this.\n  {not_spoken(CODE_BLOCK)}\nThen look."
        ended = await scene.session.requests.say(text)
        assert (ended.heard, ended.is_cut) == (said, False)
        assert scene.heard_text == "Run this. Then look."
        assert scene.history == [("assistant", said)]
        captions = [shown for shown in scene.captions if shown.speaker == "bot"]
        assert (captions[-1].text, captions[-1].final) == (text, True)
        assert text.startswith(captions[-2].text)
        scene.check_history()


@virtual_time
async def test_the_beginning_of_a_formula_that_has_no_end_is_said_with_the_rest() -> None:
    async with Scene() as scene:
        ended = await scene.session.requests.say("It is \\(x. And no more")
        assert ended == SpeechOutcome("It is \\(x. And no more", is_cut=False, began_at=ended.began_at)
        assert scene.heard_text == "It is (x. And no more"


@virtual_time
async def test_text_far_ahead_waits() -> None:
    """A reply of minutes is not synthesized at once: a cut would waste it."""
    sentence = "This is a sentence of eight words only. "
    async with Scene() as scene:
        ended = await scene.session.requests.say(sentence * 20)
        assert ended.heard == (sentence * 20).strip()
        assert not [event for event in scene.events if isinstance(event, PlayoutUnderrun)]
        length = sum(duration_of(word) + 0.03 for word in sentence.split())
        given_at = [at for at, chunk in scene.tts.chunks if chunk.strip() == sentence.strip()]
        began_at = await scene.hears("This")
        ahead = [length * place - (at - began_at) for place, at in enumerate(given_at, 20 - len(given_at))]
        assert max(ahead) <= AHEAD + length
        assert min(ahead[1:]) > 0.5, "and always enough"


@virtual_time
async def test_a_bot_without_a_voice_says_so() -> None:
    async with Scene(tts=None) as scene:
        with pytest.raises(VoiceBotError, match="no voice"):
            await scene.session.requests.say("Hello.")
        scene.person.says("Hello there.", at=1.0)
        await scene.is_over()
        assert scene.history == [("user", "Hello there.")]


def test_a_voice_and_a_room_of_different_rates_are_refused() -> None:
    """Otherwise the bot would speak too fast or too slowly."""
    scene = Scene()
    scene.room.rate = 48_000
    with pytest.raises(VoiceBotError, match=r"speaks at 16000 Hz and the room plays 48000 Hz"):
        scene.run()
