"""The person or the room goes away and comes back, or not."""

from pipeline.testing import Scene
from pipeline.testing.virtual_loop import virtual_time

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


@virtual_time
async def test_the_bot_waits_for_whoever_is_gone_for_a_moment() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three") + 0.1
        scene.person.goes(at, for_=5.0)
        await scene.until(at + 6.0)
        assert scene.loudness_between(at + 0.15, at + 5.0) == 0
        await scene.is_over()
        assert [word.text for word in scene.heard if word.share > 0.9] == STORY.split()
        assert scene.bot_text == STORY
        scene.check_history()


@virtual_time
async def test_whoever_is_gone_for_good_hears_no_more_and_leaves_what_was_said() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three") + 0.05
        scene.person.leaves(at, grace=5.0)
        await scene.until(at + 8.0)
        assert scene.loudness_between(at + 0.15, at + 8.0) == 0
        assert scene.history == [
            ("user", "Tell me a story."),
            ("assistant", "Once upon a time there was a king. He had"),
        ]
        scene.check_history()


@virtual_time
async def test_what_was_said_before_leaving_is_taken_down() -> None:
    async with Scene() as scene:
        half_at = scene.person.says("I would like to", at=1.0)
        scene.person.leaves(half_at + 0.3, grace=5.0)
        await scene.until(half_at + 8.0)
        assert scene.history == [("user", "I would like to")]
        assert scene.heard == []


@virtual_time
async def test_a_question_asked_before_leaving_for_a_moment_is_answered_on_return() -> None:
    async with Scene() as scene:
        ended_at = scene.person.says("What time is it?", at=1.0)
        scene.person.goes(ended_at + 0.2, for_=4.0)
        await scene.is_over()
        assert scene.history == [
            ("user", "What time is it?"),
            ("assistant", "You said: What time is it? What else?"),
        ]
        assert scene.heard[0].at > ended_at + 4.2
        scene.check_history()


@virtual_time
async def test_the_end_of_the_turn_is_known_when_the_microphone_is_muted() -> None:
    async with Scene() as scene:
        ended_at = scene.person.says("What time is it?", at=1.0)
        scene.person.mutes(ended_at + 0.05, for_=20.0)
        await scene.is_over()
        assert scene.person_text == "What time is it?"
        assert scene.heard[0].at < ended_at + 1.5


@virtual_time
async def test_muting_in_mid_speech_lets_a_held_reply_go_on() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three")
        scene.person.coughs(at=at, for_=0.6)
        scene.person.mutes(at + 0.4, for_=10.0)
        await scene.is_over()
        assert [word.text for word in scene.heard if word.share > 0.9] == STORY.split()
        scene.check_history()


@virtual_time
async def test_a_lost_connection_holds_the_reply_until_it_is_back() -> None:
    async with Scene() as scene:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        at = await scene.hears("three") + 0.1
        scene.room_is_lost(at, for_=3.0)
        await scene.until(at + 4.0)
        assert scene.loudness_between(at + 0.15, at + 3.0) == 0
        await scene.is_over()
        assert [word.text for word in scene.heard if word.share > 0.9] == STORY.split()
        scene.check_history()


@virtual_time
async def test_an_answer_waits_for_the_connection() -> None:
    async with Scene() as scene:
        ended_at = scene.person.says("What time is it?", at=1.0)
        scene.room_is_lost(ended_at + 0.3, for_=3.0)
        await scene.is_over()
        assert scene.heard[0].at >= ended_at + 3.3
        assert len(scene.history) == 2
        scene.check_history()


@virtual_time
async def test_nobody_is_talked_to_before_the_bot_is_in_the_room() -> None:
    async with Scene(joins=False, greeting="Hello there.") as scene:
        scene.plays(scene.session.requests.say("First."))
        await scene.until(5.0)
        assert scene.heard == []
        scene.joins()
        await scene.is_over()
        assert sorted(text for _, text in scene.history) == ["First.", "Hello there."]
        scene.check_history()
