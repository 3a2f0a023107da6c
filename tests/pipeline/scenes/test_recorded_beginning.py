"""What a person said while the bot joined: their app has recorded it, and sends it before what they say then."""

import pytest

from pipeline.testing import Scene, virtual_time

JOINED = 2.5
"""Second at which the bot is there."""

HANDED_OVER = 3.0
"""Second at which it has the recording."""


async def joins(scene: Scene) -> None:
    await scene.until(JOINED)
    scene.joins()


def said(scene: Scene) -> list[str]:
    """The person's turns."""
    return [text for role, text in scene.history if role == "user"]


def recorded(text: str, at: float = 0.5, **options: object) -> Scene:
    """A person who speaks at once, into a recording that is handed over at HANDED_OVER."""
    scene = Scene(joins=False, **options)  # type: ignore[arg-type]
    scene.person.says(text, at=at)
    scene.person.is_recorded(at=0.0, for_=HANDED_OVER)
    return scene


@virtual_time
async def test_what_was_said_before_is_answered() -> None:
    scene = recorded("What time is it?")
    scene.llm.answers("It is noon.")
    async with scene:
        await joins(scene)
        await scene.is_over()
    assert scene.history == [("user", "What time is it?"), ("assistant", "It is noon.")]
    assert scene.heard[0].at < HANDED_OVER + 1.5, "the pause behind it was in the recording, too"
    scene.check_history()


@virtual_time
async def test_a_sentence_that_goes_on_is_one_turn() -> None:
    """It begins in the recording and ends behind it."""
    text = "I would like to book a table for seven people tonight at eight."
    scene = recorded(text, at=1.2)
    async with scene:
        await joins(scene)
        await scene.is_over()
    assert said(scene) == [text]
    scene.check_history()


@pytest.mark.parametrize("at", [0.5, 1.2])
@virtual_time
async def test_who_has_spoken_already_is_answered_and_not_greeted_for_long(at: float) -> None:
    scene = recorded("What time is it?", at=at, greeting="Good day, this is the office of Doctor Smith and company.")
    scene.llm.answers("It is noon.")
    async with scene:
        await joins(scene)
        await scene.is_over()
    scene.assert_not_heard("company")
    scene.assert_heard("it is noon")
    assert said(scene) == ["What time is it?"]
    scene.check_history()


@virtual_time
async def test_a_recording_of_silence_changes_nothing() -> None:
    scene = Scene(joins=False, greeting="Good day!")
    scene.person.is_recorded(at=0.0, for_=HANDED_OVER)
    scene.person.says("Hello there.", at=6.0)
    async with scene:
        await joins(scene)
        await scene.is_over()
    scene.assert_heard("good day")
    assert said(scene) == ["Hello there."]
    scene.check_history()


@virtual_time
async def test_an_old_sentence_in_a_long_recording_does_not_stop_what_is_said_now() -> None:
    """Two sentences with a long pause between them are answered together, once, and at the end."""
    scene = recorded("Hello there.", at=0.2)
    scene.person.says("What time is it?", at=3.4)
    scene.llm.says_only("It is noon.")
    async with scene:
        await joins(scene)
        await scene.is_over()
    scene.assert_heard("it is noon")
    words = " ".join(said(scene))
    assert words == "Hello there. What time is it?"
    scene.check_history()
