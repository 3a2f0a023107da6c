"""How a scene is written and played, and what is said of one that cannot be."""

import asyncio
import traceback
from collections.abc import Callable

import pytest

from pipeline.events import InterruptRequested
from pipeline.messages import Message
from pipeline.testing import Scene, SceneError, SceneFailed, ScriptedAnswer, run, virtual_time

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."
QUESTION = "What time is it?"


def told(story: str = STORY) -> Scene:
    """Somebody asks for a story, and it is told from second 2 on."""
    scene = Scene()
    scene.llm.answers(story, "All right.")
    scene.person.says("Tell me a story.", at=1.0)
    return scene


def test_a_scene_is_written_down_and_run() -> None:
    scene = told()
    scene.person.coughs(at=3.2)
    scene.person.interrupts("Stop, please.", at=5.0)
    scene.run()
    assert scene.history[0] == ("user", "Tell me a story.")
    assert scene.history[2:] == [("user", "Stop, please."), ("assistant", "All right.")]
    assert STORY.startswith(scene.history[1][1])
    scene.check_history()


def test_an_interruption_comes_on_a_word() -> None:
    scene = told()
    scene.person.interrupts("Stop, please.", on="daughters")
    scene.run()
    began_at = next(word.at for word in scene.heard if word.text == "daughters")
    assert scene.person.sounds[4].began_at == pytest.approx(began_at, abs=0.01)
    assert scene.ended[0].heard == "Once upon a time there was a king. He had three"


def test_what_depends_on_a_word_is_done_when_it_is_heard() -> None:
    scene = told("No no no, not at all.")
    came: list[float] = []
    scene.when_heard("no", lambda: came.append(len(scene.heard)), times=3)
    scene.run()
    assert came == [3]


def test_it_may_end_at_a_second() -> None:
    scene = told().run(until=3.0)
    assert scene.timeline.count("PlayoutStarted") == 1
    assert len(scene.history) == 2, "what was heard until then is taken down"
    assert len(scene.bot_text) < len(STORY)


def test_the_bot_is_what_it_is_made_to_be() -> None:
    history = (Message("user", "Call me Jo.", 0.0), Message("assistant", "Hello Jo.", 0.0))
    scene = Scene(instructions="Be brief.", greeting="Good day.", history=history, complete_delay=0.8)
    scene.person.says(QUESTION, at=3.0)
    scene.run()
    assert scene.prompts[0][:3] == [
        ("user", "Call me Jo."),
        ("assistant", "Hello Jo.\nGood day."),
        ("user", QUESTION),
    ]
    assert scene.requests[0].prompt.instructions == "Be brief."
    assert scene.answer_delays[0] >= 0.8


@virtual_time
async def test_a_manual_bot_speaks_only_when_it_is_told_to() -> None:
    async with Scene(answers=False) as scene:
        scene.person.says(QUESTION, at=1.0)
        await scene.until(5.0)
        assert (scene.heard, scene.person_text) == ([], QUESTION)
        said = await scene.say("Ten past nine.")
        assert (said.heard, said.is_cut) == ("Ten past nine.", False)
        assert (await scene.generate_reply("Say goodbye.")).heard
    scene.assert_requested("Say goodbye")


def test_a_bot_without_ears_talks_all_the_same() -> None:
    scene = Scene(stt=None, greeting="Hello there.")
    scene.person.says(QUESTION, at=1.0)
    scene.run()
    assert scene.history == [("assistant", "Hello there.")]


def test_the_same_scene_goes_the_same_way() -> None:
    def played() -> str:
        scene = told()
        scene.person.says("Wait, what?", at=4.4)
        return scene.run().timeline

    assert played() == played()


def test_a_scene_need_not_begin_with_its_loop() -> None:
    """Its seconds are its own."""

    async def later() -> Scene:
        await asyncio.sleep(100.0)
        async with told() as scene:
            await scene.is_over()
        return scene

    scene = run(later())
    first, second = told().run(), scene
    assert [word.text for word in first.heard] == [word.text for word in second.heard]
    assert [word.at for word in first.heard] == pytest.approx([word.at for word in second.heard], abs=0.011)
    assert second.answer_delays == pytest.approx(first.answer_delays, abs=0.011)


# --- scenes that cannot be ---


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda scene: scene.person.says("", at=1.0), "nothing to say"),
        (lambda scene: scene.person.says("  ", at=1.0), "nothing to say"),
        (lambda scene: scene.person.types("", at=1.0), "empty"),
        (lambda scene: scene.person.says("Hello."), "say when, at=SECONDS"),
        (lambda scene: scene.person.says("Hello.", at=-1.0), "is no time"),
        (lambda scene: scene.person.says("Hello.", at=float("nan")), "is no time"),
        (lambda scene: scene.person.says("Hello.", at="3 s"), "is no time"),
        (lambda scene: scene.person.coughs(at=1.0, for_=-0.5), "is no time"),
        (lambda scene: scene.person.mutes(1.0, float("inf")), "is no time"),
        (lambda scene: scene.person.says_timed([]), "at=SECONDS"),
        (lambda scene: scene.session, "has not begun"),
        (lambda scene: scene.history, "has not begun"),
        (lambda scene: scene.assert_heard("hello"), "has not begun"),
        (lambda scene: scene.assert_answered_within(1.0), "has not begun"),
        (lambda scene: scene.run().run(), "played once"),
        (lambda scene: scene.run().person.says("Hello.", at=99.0), "is over"),
        (lambda scene: scene.run().assert_heard("..."), "no word that could be looked for"),
        (lambda scene: scene.run().assert_silent(3.0, 2.0), "a later end"),
    ],
)
def test_what_cannot_be_is_told(write: Callable[[Scene], object], says: str) -> None:
    with pytest.raises(SceneError, match=says):
        write(Scene())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"instruction": "Be brief."},
            r"no instruction \(did you mean instructions\?\)\. .*stt, llm.* of Agent .*greeting.* of Policy .*open_d",
        ),
        ({"loos": 0.1, "xyz": 1}, r"Scene has no loos \(did you mean loss\?\), xyz\. It takes"),
        ({"llm": "gpt"}, "llm='gpt' is a name, where an object is needed"),
        ({"tts": object()}, "lacks capabilities, rate, warm, speak, aclose"),
        ({"loss": 2.0}, "share of packets"),
        ({"jitter": -1.0}, "is no time"),
    ],
)
def test_a_bot_that_cannot_be_is_told(options: dict[str, object], says: str) -> None:
    with pytest.raises(SceneError, match=says):
        Scene(**options)  # type: ignore[arg-type]


def test_what_fails_in_a_run_is_no_consequence_of_something_else() -> None:
    scene = Scene().run()
    with pytest.raises(SceneError, match="played once") as raised:
        scene.run()
    assert "RuntimeError" not in "".join(traceback.format_exception(raised.value))


@virtual_time
async def test_what_is_past_cannot_be_changed() -> None:
    async with Scene() as scene:
        await scene.until(5.0)
        with pytest.raises(SceneError, match=r"that is past, it is 5\.000 s by now"):
            scene.person.says("Hello.", at=3.0)


@virtual_time
async def test_run_in_a_coroutine_says_what_to_write() -> None:
    with pytest.raises(SceneError, match="async with scene"):
        Scene().run()


def test_a_provider_that_is_not_the_kits_does_not_take_orders() -> None:
    with pytest.raises(SceneError, match=r"scene\.llm is the kit's provider.* has none"):
        Scene(llm=None).llm.answers("Hello.")


# --- scenes that fail ---


def notes(failure: BaseException) -> str:
    return "\n".join(failure.__notes__)


def test_an_interruption_of_nothing_fails_with_what_was_so() -> None:
    scene = told()
    scene.person.interrupts("Stop.", at=1.5)
    with pytest.raises(SceneFailed, match=r"interrupts\('Stop\.'\) at 1\.5 s: the bot does not speak then") as raised:
        scene.run()
    assert "timeline:" in notes(raised.value)


def test_a_word_that_never_comes_fails() -> None:
    scene = told()
    scene.when_heard("dragon", scene.leave)
    with pytest.raises(SceneFailed, match=r"'dragon' was not heard 1 times within 60 s\. The room heard: 'Once upon"):
        scene.run()


def test_a_failing_test_shows_what_happened() -> None:
    async def failing() -> None:
        async with told() as scene:
            await scene.hears("king")
            assert scene.history == []

    with pytest.raises(AssertionError) as raised:
        run(failing())
    for part in ("SpeechStarted", "the room hears: Once upon a time there was a", "history:", "Tell me a story."):
        assert part in notes(raised.value)


def test_of_a_long_timeline_the_end_is_shown() -> None:
    scene = Scene()
    for minute in range(20):
        scene.person.says("What time is it?", at=1.0 + 10 * minute)
    scene.run()
    with pytest.raises(SceneFailed) as raised:
        scene.assert_heard("dragons")
    whole, shown = scene.timeline.splitlines(), notes(raised.value).splitlines()
    assert shown[0] == f"timeline: {len(whole) - 200} lines left out, see scene.timeline, then"
    assert shown[1:] == whole[-200:]
    assert len(whole) > 250


def test_a_scene_without_an_end_says_what_goes_on() -> None:
    scene = Scene(provider_budget=100_000.0)
    scene.llm.answers(*[ScriptedAnswer(stall=10_000.0)] * 2)
    scene.person.says(QUESTION, at=1.0)
    with pytest.raises(SceneFailed, match=r"not over after 100 s; its state: State\("):
        scene.run(within=100.0)


def test_what_breaks_the_bot_is_raised() -> None:
    scene = told()
    scene.llm.answers()
    scene.vad.bug = ZeroDivisionError("in the detector")
    with pytest.raises(ZeroDivisionError, match="in the detector") as raised:
        scene.run()
    assert "timeline:" in notes(raised.value)


@virtual_time
async def test_an_event_that_does_not_come_is_told() -> None:
    async with Scene() as scene:
        with pytest.raises(SceneFailed, match="no InterruptRequested came within 3 s"):
            await scene.comes(InterruptRequested, within=3.0)
        with pytest.raises(SceneFailed, match="the bot said nothing within 2 s"):
            await scene.answer(after=0.0, within=2.0)
