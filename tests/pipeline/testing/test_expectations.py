"""What a scene may expect, and what is said when it is not so."""

from collections.abc import Callable

import pytest

from pipeline.testing import Scene, SceneError, SceneFailed

STORY = "Once upon a time there was a king. He had three daughters."


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A question, an answer, and a word in between."""
    scene = Scene(instructions="You tell stories.")
    scene.llm.answers(STORY, "All right.")
    scene.person.says("Tell me a story.", at=1.0)
    scene.person.interrupts("Stop, please.", on="three")
    return scene.run()


@pytest.mark.parametrize(
    "expect",
    [
        lambda scene: scene.assert_heard("once upon a time"),
        lambda scene: scene.assert_heard("ALL RIGHT", times=1),
        lambda scene: scene.assert_not_heard("daughters"),
        lambda scene: scene.assert_said("stop please"),
        lambda scene: scene.assert_requests(2),
        lambda scene: scene.assert_requested("tell me a story"),
        lambda scene: scene.assert_requested("you tell stories"),
        lambda scene: scene.assert_answered_within(1.0),
        lambda scene: scene.assert_silent(0.0, 1.5),
        lambda scene: scene.assert_silent_within(0.4, after=scene.person.sounds[4].began_at),
        lambda scene: scene.check_history(),
    ],
)
def test_what_is_so_may_be_expected(scene: Scene, expect: Callable[[Scene], None]) -> None:
    expect(scene)


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        (
            lambda scene: scene.assert_heard("daughters"),
            "'daughters' was to be heard once or more, and was 0 times. The",
        ),
        (
            lambda scene: scene.assert_heard("a", times=1),
            "heard 1 times, and was 2 times. The room heard: 'Once upon a",
        ),
        (lambda scene: scene.assert_heard("pon a"), "'pon a' was to be heard"),
        (lambda scene: scene.assert_not_heard("king"), "'king' was not to be heard"),
        (lambda scene: scene.assert_said("go on"), "Of the person it took down: 'Tell me a story. Stop, please.'"),
        (lambda scene: scene.assert_requests(1), r"1 requests to the .* and there were:\n  \[\('user', 'Tell me"),
        (lambda scene: scene.assert_requested("weather"), r"holds 'weather'. There were:\n  \[\('user'"),
        (lambda scene: scene.assert_answered_within(0.1), r"within 0.1 s; they took: 0\.\d\d s, 0\.\d\d s"),
        (lambda scene: scene.assert_silent(0.0, 4.0), r"silent from 0.00 to 4.00 s, and is heard at 2\.\d\d s"),
        (lambda scene: scene.assert_silent_within(0.1, after=3.0), "silent from 3.10 to 3.60 s"),
    ],
)
def test_what_is_not_so_is_told_with_what_is(scene: Scene, expect: Callable[[Scene], None], says: str) -> None:
    with pytest.raises(SceneFailed, match=says):
        expect(scene)


def test_an_answer_that_nobody_gave_is_not_in_time() -> None:
    scene = Scene(answers=False)
    scene.person.says("Hello?", at=1.0)
    with pytest.raises(SceneFailed, match="they took: there were none"):
        scene.run().assert_answered_within(5.0)


def test_a_history_that_nobody_heard_is_found() -> None:
    scene = Scene()
    scene.person.says("Hello?", at=1.0)
    scene.run()
    scene.tts.words[1:2] = ["sung:"]  # as if the room had heard another word
    with pytest.raises(SceneFailed, match="'sung:' was heard, and the history goes on with"):
        Scene.check_history(scene)


def test_the_first_failure_shows_the_timeline() -> None:
    scene = Scene()
    scene.person.says("Hello?", at=1.0)
    scene.run()
    with pytest.raises(SceneFailed) as raised:
        scene.assert_heard("dragons")
    assert "the room hears: You said: Hello? What else?" in "".join(raised.value.__notes__)
    with pytest.raises(SceneFailed) as again:
        scene.assert_heard("dragons")
    assert not hasattr(again.value, "__notes__"), "once is enough"


def test_a_voice_of_ones_own_is_not_read_back() -> None:
    with pytest.raises(SceneError, match="cannot be read back"):
        Scene(tts=None).run().check_history()
