"""Long talk, late audio, two bots, and the end."""

import asyncio

import pytest

from pipeline.errors import VoiceBotError
from pipeline.speech_handles import SpeechOutcome
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.turn.history import CUT_MARK
from pipeline.turn.policy import Policy

QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"
MAX_CHARACTERS = Policy().max_reply_characters
STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


@virtual_time
async def test_a_monologue_of_five_minutes_is_one_turn() -> None:
    """With the pauses that people make in it."""
    async with Scene() as scene:
        at, said = 1.0, list[str]()
        while at < 300.0:
            said.append(f"and then came number {len(said)} of them all and")
            at = scene.person.says(said[-1], at=at) + (0.15, 0.3, 0.9)[len(said) % 3]
        said.append("that is it.")
        scene.person.says(said[-1], at=at)
        scene.llm.answers("I see.")
        await scene.is_over(within=400)
        assert scene.history == [("user", " ".join(said)), ("assistant", "I see.")]
        assert scene.prompts[-1] == [("user", " ".join(said))]
        assert len(scene.prompts) <= 4
        scene.check_history()


@virtual_time
async def test_a_reply_of_ten_thousand_words_is_ended_after_some_minutes() -> None:
    async with Scene() as scene:
        scene.llm.answers(
            " ".join(f"This is sentence {number} of very many sentences in here." for number in range(1000))
        )
        scene.person.says("Tell me everything.", at=1.0)
        await scene.until(60.0)
        assert scene.requests[0].outcome == "cancelled", "no more of it is paid for"
        await scene.is_over(within=600)
        assert 0.9 * MAX_CHARACTERS < len(scene.bot_text) < 1.1 * MAX_CHARACTERS
        assert scene.bot_text.endswith("in here.")
        scene.check_history()


@virtual_time
async def test_a_model_in_a_loop_is_ended_and_the_conversation_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    sentence = "I am sorry, but that is something I do not know. "
    async with Scene(max_reply_repeats=2) as scene:
        scene.llm.answers(sentence * 1000, "It is noon.")
        scene.person.says("What is the answer?", at=1.0)
        await scene.is_over(within=60)
        assert scene.requests[0].outcome == "cancelled", "no more of it is paid for"
        scene.person.says(QUESTION)
        await scene.is_over(within=60)
        said = scene.history[1][1]
        assert said in {(sentence * times).strip() for times in (3, 4, 5)}
        assert scene.history == [
            ("user", "What is the answer?"),
            ("assistant", said),
            ("user", QUESTION),
            ("assistant", "It is noon."),
        ]
        assert not any(message.cut for message in scene.session.history)
        scene.check_history()
    assert [record.levelname for record in caplog.records if "repeats itself" in record.message] == ["WARNING"]


@virtual_time
async def test_blanks_without_end_keep_nobody_waiting() -> None:
    async with Scene() as scene:
        scene.llm.answers("It is noon." + " " * 4000)
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over(within=20)
        assert scene.history == [("user", QUESTION), ("assistant", "It is noon.")]
        assert scene.requests[0].outcome == "cancelled"


CHORUS = "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream."


@virtual_time
async def test_what_is_repeated_on_purpose_is_said_in_full() -> None:
    texts = [
        f"No, no, no, no, no! Here is the song. {CHORUS} {CHORUS}",
        " ".join(f"{number} little ducks went out one day." for number in range(9, 0, -1)),
        "Breathe in. Breathe out. " * 10 + "Done.",
    ]
    async with Scene() as scene:
        scene.llm.answers(*texts)
        for text in texts:
            scene.person.says("Go on, please.")
            await scene.is_over(within=120)
            assert scene.history[-1] == ("assistant", text)


@virtual_time
async def test_a_stall_of_the_audio_is_no_end_of_the_turn() -> None:
    """It begins in a pause, and two seconds come at once, with the rest of what was said in them."""
    async with Scene() as scene:
        half_at = scene.person.says("I have a question.", at=1.0)
        scene.person.stalls(half_at + 0.25, for_=2.0)
        ended_at = scene.person.says("What time is it in the old town now?", at=half_at + 0.4)
        await scene.is_over()
        whole = "I have a question. What time is it in the old town now?"
        assert scene.history == [("user", whole), ("assistant", f"You said: {whole} What else?")]
        assert scene.heard[0].at > ended_at
        scene.check_history()


@virtual_time
async def test_a_stall_while_the_bot_speaks_does_not_stop_it() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        scene.person.stalls(await scene.hears("upon"), for_=2.0)
        await scene.is_over()
        assert [word.text for word in scene.heard] == STORY.split()
        assert all(word.share > 0.99 and not word.is_ducked for word in scene.heard)


@virtual_time
async def test_two_sessions_do_not_know_of_each_other() -> None:
    async with Scene() as one, Scene() as other:
        one.llm.answers(STORY)
        one.person.says("Tell me a story.", at=1.0)
        other.person.says(QUESTION, at=1.0)
        at = await one.hears("three")
        other.person.says("Stop.", at=at)
        await one.is_over()
        await other.is_over()
        assert one.history == [("user", "Tell me a story."), ("assistant", STORY)]
        assert other.history[:2] == [("user", QUESTION), ("assistant", ANSWER)]
        segments = {shown.segment_id for shown in one.captions} & {shown.segment_id for shown in other.captions}
        assert not segments, "captions in one room are told apart"


@virtual_time
async def test_one_session_may_end_before_the_other() -> None:
    async with Scene() as one:
        async with Scene() as other:
            one.person.says(QUESTION, at=1.0)
            other.person.says(QUESTION, at=1.0)
            await other.hears("You")
        await one.is_over()
        assert one.history == [("user", QUESTION), ("assistant", ANSWER)]


@virtual_time
async def test_what_was_heard_of_a_reply_is_kept_when_the_session_ends_in_it() -> None:
    """And the scene checks that no task and no request is left."""
    async with Scene() as scene:
        scene.llm.answers(STORY * 10)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three")
        await scene.until(at + 0.02)
        await scene.leave()
        assert scene.history == [
            ("user", "Tell me a story."),
            ("assistant", "Once upon a time there was a king. He had"),
        ]
        assert scene.session.history[1].cut
        assert scene.captions[-1].final
        scene.check_history()


@pytest.mark.parametrize("at", [0.0, 1.1, 2.1, 2.3, 2.5, 2.62])
def test_the_session_can_end_at_any_moment_of_a_turn(at: float) -> None:
    async def scene_that_ends() -> None:
        async with Scene() as scene:
            scene.person.says(QUESTION, at=1.0)
            await scene.until(at)

    run(scene_that_ends())


@virtual_time
async def test_the_bot_falls_silent_at_once_when_the_session_ends() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three") + 0.1
        await scene.until(at)
        await scene.leave()
        await scene.until(at + 0.1)
        assert scene.loudness_between(at + 0.02, at + 0.1) == 0


@virtual_time
async def test_texts_that_wait_when_the_session_ends_are_cancelled() -> None:
    async with Scene() as scene:
        first = scene.plays(scene.session.requests.say("One two three."))
        second = scene.plays(scene.session.requests.say("Four five."))
        await scene.hears("two")
        await scene.leave()
        await asyncio.wait({first, second}, timeout=1.0)
        ended = first.result()
        assert isinstance(ended, SpeechOutcome)
        assert (ended.heard, ended.is_cut) == ("One", True)
        assert second.cancelled()
        with pytest.raises(VoiceBotError, match="at most"):
            await scene.session.requests.say("Six." * MAX_CHARACTERS)
        with pytest.raises(VoiceBotError, match="has ended"):
            await scene.session.requests.say("Six.")


@virtual_time
async def test_a_long_talk_stays_in_order() -> None:
    async with Scene() as scene:
        for number in range(12):
            scene.person.says(f"This is question number {number}.", at=1.0 + 10 * number)
        scene.person.says("Stop.", at=104.0)
        await scene.is_over(within=400)
        assert [text for role, text in scene.history if role == "user" and text != "Stop."] == [
            f"This is question number {number}." for number in range(12)
        ]
        assert sum(CUT_MARK in text for _, text in scene.prompts[-1]) == 1
        scene.check_history()
