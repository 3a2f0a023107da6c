"""An embedding program, tested in a scene: on virtual time, without a server and without keys."""

import asyncio
import logging

import pytest

from bot import Answer, AnswerMeasured, MessageAdded, SpeechResult, VoiceBot
from bot.assembly.room_port import SceneHost as Room
from pipeline.errors import RoomClosed, SettingsError
from pipeline.events import PersonLinked, TextReceived
from pipeline.testing import (
    Scene,
    SceneError,
    SceneFailed,
    ScriptedLanguageModel,
    ScriptedSynthesizer,
    virtual_time,
)
from pipeline.testing.clock import Clock
from pipeline.turn.policy import Policy

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


async def survey(room: str | Room) -> str:
    """An embedding program, with the room as its argument."""
    async with VoiceBot(room=room, stt="deepgram", llm=None, tts="cartesia") as bot:
        name = (await bot.ask("What is your name?", timeout=10.0)).text
        await bot.say(f"Thank you, {name}")
        await bot.send_message(f"name: {name}")
        return name


async def assistant(room: str | Room) -> list[str]:
    async with VoiceBot(room=room, instructions="Tell stories.", greeting="Good day!") as bot:
        return [told.message.text async for told in bot.events() if isinstance(told, MessageAdded)]


@virtual_time
async def test_a_program_that_asks_is_answered() -> None:
    scene = Scene()
    scene.when_heard("name?", lambda: scene.person.says("Anna Smith.", at=4.0))
    assert await survey(scene) == "Anna Smith."
    scene.assert_heard("what is your name")
    scene.assert_heard("thank you anna smith")
    scene.check_history()
    assert [text for _, text in scene.written] == ["name: Anna Smith."]
    assert [state for _, state in scene.agent_states][:3] == ["initializing", "listening", "speaking"]


@virtual_time
async def test_a_policy_leaves_instructions_and_greeting_as_they_are() -> None:
    scene = Scene()
    scene.person.says("Who are you?", at=3.0)
    scene.closes(at=8.0)
    policy = Policy(hold_speech=0.2)
    async with VoiceBot(room=scene, policy=policy, instructions="Be Jo.", greeting="Good day!") as bot:
        await bot.wait_closed()
    scene.assert_heard("good day")
    assert scene.requests[0].prompt.instructions == "Be Jo."


@virtual_time
async def test_a_program_that_lets_the_model_answer_ends_with_its_room() -> None:
    scene = Scene()
    scene.llm.answers(STORY, "All right.")
    scene.person.says("Tell me a story.", at=3.0)
    scene.person.interrupts("Stop, please.", at=6.0)
    scene.closes(at=15.0)
    greeting, question, story, *rest = await assistant(scene)
    assert (greeting, question, rest) == ("Good day!", "Tell me a story.", ["Stop, please.", "All right."])
    assert STORY.startswith(story)
    assert story != STORY
    scene.assert_requested("Tell stories.")
    scene.assert_answered_within(1.0)
    scene.check_history()


@virtual_time
async def test_what_is_asked_of_a_person_who_leaves_is_not_asked_of_the_next_one() -> None:
    scene = Scene()
    scene.person.leaves(2.0, grace=1.0)
    scene.dispatches(5.0, lambda now: PersonLinked(now, "bob"))
    scene.dispatches(9.0, lambda now: TextReceived(now, "bob", "Bob."))
    async with VoiceBot(room=scene, llm=None) as bot:
        await scene.until(2.5)
        answer = await bot.ask("What is your name, Ann?", timeout=20.0)
        assert answer == Answer(SpeechResult("What is your name, Ann?", "", cut=True), "", is_over=False)
        assert (await bot.listen(10.0)).text == "Bob."


@virtual_time
async def test_how_it_stands_is_told_as_in_a_room() -> None:
    scene = Scene(joins=False)
    scene.does(2.0, scene.joins)
    scene.person.mutes(4.0, 2.0)
    scene.person.leaves(8.0, grace=1.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, llm=None) as bot:
        told = []
        for at in (3.0, 5.0, 8.5, 10.0):
            await scene.until(at)
            told.append((bot.linked, [person.microphone for person in bot.people()], bot.hearing().problem))
        with pytest.raises(RoomClosed):
            await bot.listen()
    assert told == [
        ("ann", ["live"], None),
        ("ann", ["muted"], "ann's microphone is muted: ask them, by a message, to unmute it"),
        ("ann", [], "ann has left the room a moment ago, maybe to come back"),
        (None, [], "nobody is in the room: ask someone to join it"),
    ]


@virtual_time
async def test_what_the_scene_expects_breaks_the_program_with_the_timeline() -> None:
    scene = Scene()
    scene.person.interrupts("Stop!", at=30.0)
    with pytest.raises(SceneFailed, match="the bot does not speak then") as failure:
        await assistant(scene)
    assert any("timeline" in note for note in failure.value.__notes__)


@virtual_time
async def test_an_error_of_the_program_comes_out_and_leaves_nothing() -> None:
    scene = Scene()
    saying: list[asyncio.Task[SpeechResult]] = []

    async def program() -> None:
        async with VoiceBot(room=scene, llm=None) as bot:
            saying.append(asyncio.ensure_future(bot.say("Good day to everybody.")))
            await scene.hears("to")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await program()
    assert await saying[0] == SpeechResult("Good day to everybody.", "Good day", True)
    assert scene.history == [("assistant", "Good day")]
    assert len(asyncio.all_tasks()) == 1


@virtual_time
async def test_a_text_waits_for_somebody_to_hear_it() -> None:
    scene = Scene(joins=False)
    scene.does(5.0, scene.joins)
    async with VoiceBot(room=scene, llm=None) as bot:
        assert await bot.say("Good day.") == SpeechResult("Good day.", "Good day.", False)
    assert 5.0 < scene.heard[0].at < 5.5


@pytest.mark.parametrize(("options", "who"), [({}, "a person"), ({"participant": "bob"}, "bob")])
@virtual_time
async def test_who_is_awaited_is_told_once(caplog: pytest.LogCaptureFixture, options: dict[str, str], who: str) -> None:
    caplog.set_level(logging.INFO, "bot.bot_run")
    scene = Scene()
    scene.person.leaves(2.0, grace=1.0)
    async with VoiceBot(room=scene, llm=None, **options) as bot:  # type: ignore[arg-type]
        await bot.say("Good day.")
        await scene.until(4.0)
        for text in ("Hello?", "Anybody?"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.0):
                    await bot.say(text)
    told = [record.getMessage() for record in caplog.records]
    assert told.count(f"nothing is said until {who} joins the room") == 1


@virtual_time
async def test_a_model_of_the_programs_own_is_asked() -> None:
    model = ScriptedLanguageModel()
    model.says_only("I am your own.")
    scene = Scene()
    scene.person.says("Who are you?", at=1.0)
    scene.closes(at=6.0)
    async with VoiceBot(room=scene, llm=model) as bot:
        await bot.wait_closed()
    scene.assert_heard("I am your own")
    scene.assert_requests(1)


@virtual_time
async def test_what_the_scene_has_to_know_is_given_to_it() -> None:
    with pytest.raises(SceneError, match=r"Scene\(tts=...\)"):
        VoiceBot(room=Scene(), tts=ScriptedSynthesizer(Clock()))
    for told in (Scene(greeting="Hello."), Scene(answers=False)):
        with pytest.raises(SceneError, match="give the VoiceBot"):
            await nothing(told)
    scene = Scene()
    await nothing(scene)
    with pytest.raises(SceneError, match="make a new one"):
        await nothing(scene)


def test_what_the_programs_own_model_lacks_is_told_in_a_scene_too() -> None:
    class Mute:
        async def warm(self) -> None: ...

    with pytest.raises(SettingsError, match=r"Mute.* is no language model: it lacks generate, aclose"):
        VoiceBot(room=Scene(), llm=Mute())  # type: ignore[arg-type]


async def nothing(room: Room) -> None:
    async with VoiceBot(room=room):
        pass


@virtual_time
async def test_each_answer_is_measured_in_the_log_and_for_the_program(caplog: pytest.LogCaptureFixture) -> None:
    """One line and one event an answer, and not a word of what was said."""
    caplog.set_level(logging.INFO, "bot")
    scene = Scene()
    scene.llm.answers(STORY, "You are welcome.")
    scene.person.says("Tell me a story.", at=1.0)
    scene.person.says("Thank you very much.", at=12.0)
    scene.closes(at=18.0)
    async with VoiceBot(room=scene, greeting="Good day!") as bot:
        measured = [event async for event in bot.events() if isinstance(event, AnswerMeasured)]
    assert [event.waterfall for event in measured] == list(bot.metrics.waterfalls)
    assert [event.waterfall.turn for event in measured] == [1, 2]
    lines = [message for message in caplog.messages if message.startswith("turn ")]
    assert lines == [str(event.waterfall) for event in measured]
    assert "draft hid" in lines[0]
    assert not any(word in "".join(lines) for word in ("story", "king", "welcome"))
