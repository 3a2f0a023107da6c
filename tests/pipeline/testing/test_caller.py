"""A simulated caller holds a conversation, by a list or by a language model."""

import pytest

from pipeline.messages import Prompt
from pipeline.testing import (
    Scene,
    SceneError,
    SceneFailed,
    ScriptedAnswer,
    ScriptedLanguageModel,
    SimulatedCaller,
    virtual_time,
)
from pipeline.testing.caller import BEGINNING

TURNS = ["Hello, I need a table.", "For four people.", "Thank you, goodbye."]


def test_a_scripted_caller_waits_for_each_answer() -> None:
    scene, caller = Scene(), SimulatedCaller(TURNS)
    scene.converse(caller)
    scene.run()
    assert scene.history == [
        message for turn in TURNS for message in (("user", turn), ("assistant", f"You said: {turn} What else?"))
    ]
    assert caller.said == TURNS
    assert len(scene.answer_delays) == 3
    assert not any(ended.is_cut for ended in scene.ended)
    scene.check_history()


def test_it_may_wait_for_a_greeting() -> None:
    scene = Scene(greeting="Good evening, the Blue Fox here.")
    scene.converse(SimulatedCaller(TURNS[:1], waits=True))
    scene.run()
    assert [role for role, _ in scene.history] == ["assistant", "user", "assistant"]
    assert not scene.ended[0].is_cut


def test_it_thinks_for_as_long_as_it_is_told_to() -> None:
    scene = Scene()
    scene.converse(SimulatedCaller(TURNS, pause=5.0))
    scene.run()
    ends = [word.at for word in scene.heard if word.text == "else?"]
    second = scene.person.sounds[len(TURNS[0].split())].began_at
    assert second == pytest.approx(ends[0] + 5.3, abs=0.3)


@virtual_time
async def test_a_language_model_with_a_persona_calls_until_it_hangs_up() -> None:
    model = ScriptedLanguageModel()
    model.answers("A table for four, please.", "At eight.\n", "Thanks, goodbye. [hangs up]")
    prompts: list[Prompt] = []

    class Jo(ScriptedLanguageModel):
        def generate(self, prompt: Prompt):  # type: ignore[no-untyped-def]
            prompts.append(prompt)
            return model.generate(prompt)

    async with Scene() as scene:
        scene.llm.answers("When?", "Done.", "Goodbye.")
        caller = SimulatedCaller(llm=Jo(), persona="Jo wants a table for four at eight.")
        await caller.converse(scene)
        await scene.is_over()
    assert caller.said == ["A table for four, please.", "At eight.", "Thanks, goodbye."]
    assert scene.history[-2:] == [("user", "Thanks, goodbye."), ("assistant", "Goodbye.")]
    assert "Jo wants a table for four at eight." in prompts[0].instructions
    assert [(message.role, message.text) for message in prompts[1].messages] == [
        ("user", BEGINNING),
        ("assistant", "A table for four, please."),
        ("user", "When?"),
    ]


def test_a_caller_that_never_hangs_up_comes_to_an_end() -> None:
    model = ScriptedLanguageModel()
    model.says_only("Tell me more.")
    scene, caller = Scene(), SimulatedCaller(llm=model, persona="A bore.", max_turns=5)
    scene.converse(caller)
    scene.run()
    assert caller.said == ["Tell me more."] * 5


def test_an_answer_that_does_not_come_fails_the_scene() -> None:
    scene = Scene(answers=False)
    scene.converse(SimulatedCaller(TURNS, patience=8.0))
    with pytest.raises(SceneFailed, match=r"the bot said nothing to 'Hello, I need a table\.', for 8 s"):
        scene.run()


def test_an_apology_is_an_answer() -> None:
    scene = Scene(apology="Once more, please.")
    scene.llm.answers(ScriptedAnswer(""), ScriptedAnswer(""))
    scene.converse(SimulatedCaller(["Hello?"]))
    assert scene.run().bot_text == "Once more, please."


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "either turns"),
        ({"turns": TURNS, "llm": ScriptedLanguageModel(), "persona": "Jo."}, "either turns"),
        ({"llm": ScriptedLanguageModel()}, "persona=... is missing"),
        ({"turns": ["Hello.", " "]}, "a turn is empty"),
    ],
)
def test_a_caller_that_cannot_be_is_told(options: dict[str, object], says: str) -> None:
    with pytest.raises(SceneError, match=says):
        SimulatedCaller(**options)  # type: ignore[arg-type]
