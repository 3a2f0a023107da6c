"""The kit's own providers do what they are told, each time the same."""

from pipeline.speech import WordTime
from pipeline.testing import Scene, ScriptedAnswer

GONE = ScriptedAnswer("", stall=0.1)


def test_drafts_of_one_turn_are_answered_alike() -> None:
    """Whoever writes a scene counts turns, not what is made in vain."""
    scene = Scene()
    scene.llm.answers("For how many?", "Done.")
    ended_at = scene.person.says("I need a table.", at=1.0)
    scene.person.says("This evening.", at=ended_at + 0.45)
    scene.person.says("Four.", at=8.0)
    scene.run()
    assert len(scene.requests) == 3, "one was thrown away"
    assert scene.bot_text == "For how many? Done."


def test_an_answer_of_which_nothing_becomes_is_used_up() -> None:
    scene = Scene()
    scene.llm.answers(GONE, "At last.")
    scene.person.says("Hello?", at=1.0)
    assert scene.run().bot_text == "At last."


def test_the_same_question_asked_again_has_the_next_answer() -> None:
    scene = Scene()
    scene.llm.answers("Nine.", "Ten.")
    for at in (1.0, 8.0):
        scene.person.says("What time is it?", at=at)
    assert scene.run().bot_text == "Nine. Ten."


def test_the_transcriber_is_as_late_as_it_is_told() -> None:
    def answered(delay: float) -> float:
        scene = Scene(preemption="off")
        scene.stt.delay = delay
        scene.person.says("What time is it?", at=1.0)
        return scene.run().answer_delays[0]

    assert answered(0.8) > answered(0.1) + 0.2


def test_words_have_the_times_that_they_are_given() -> None:
    scene = Scene()
    ended_at = scene.person.says_timed([WordTime("slow", 0.0, 0.8), WordTime("ly", 0.9, 1.6)], at=2.0)
    assert ended_at == 3.6
    scene.run()
    assert scene.person_text == "slow ly"
    assert scene.person.sounds[1].began_at == 2.9
