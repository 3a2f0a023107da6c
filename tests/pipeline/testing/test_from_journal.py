"""A recorded conversation is played again: what the person did comes again, what the bot does is decided anew."""

from math import inf
from pathlib import Path

import pytest

from pipeline.agent import AgentProfile
from pipeline.events import AudioAbsent
from pipeline.ports import ToolResult, ToolSession
from pipeline.testing import Scene, SceneError, ScriptedAnswer, tool_request

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A story that is interrupted, a cough, a message, a moment away, and a text of the program's."""
    path = tmp_path / "journal.jsonl"
    scene = Scene(greeting="Hello there.", journal=path)
    scene.llm.answers(STORY, "As you like. Here is another one, about a fox who could talk.", "Nine.", "Ten.")
    scene.person.says("Tell me a story.", at=2.0)
    scene.person.interrupts("No, another one.", on="three")
    scene.person.coughs(at=12.0)
    scene.person.types("What time is it?", at=16.0)
    scene.person.goes(at=20.0, for_=3.0)
    scene.person.says("And now?", at=25.0)
    scene.does(30.0, lambda: scene.plays(scene.say("It is getting late.")))
    scene.run()
    return path


def test_it_goes_as_it_went(journal: Path) -> None:
    scene = Scene.from_journal(journal).run()
    assert len(scene.recorded_history) == 10
    assert scene.history == scene.recorded_history
    assert scene.ended[1].is_cut, "the story, which goes on for as long as nobody interrupts"
    scene.check_history()


def test_another_policy_decides_otherwise(journal: Path) -> None:
    slow = Scene.from_journal(journal, complete_delay=1.5).run()
    usual = Scene.from_journal(str(journal)).run()
    assert slow.answer_delays[0] > usual.answer_delays[0] + 0.5
    polite = Scene.from_journal(journal, agent=AgentProfile(greeting="Good day, Sir.")).run()
    assert polite.bot_text.startswith("Good day, Sir.")


def test_another_model_answers_otherwise(journal: Path) -> None:
    scene = Scene.from_journal(journal)
    scene.llm.says_only("No comment.")
    scene.run()
    assert scene.bot_text.count("No comment.") >= 3
    assert scene.person_text == " ".join(text for role, text in scene.recorded_history if role == "user")


def test_a_transcriber_that_was_away_is_away_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    scene = Scene(journal=path)
    scene.stt.goes_away(1.2, for_=4.0)
    scene.person.says("What time is it?", at=1.0)
    scene.run()
    again = Scene.from_journal(path).run()
    assert again.history == scene.history
    assert sum(type(event).__name__ == "TranscriberLost" for event in again.events) == 1
    assert again.answer_delays == pytest.approx(scene.answer_delays, abs=0.1)


def test_a_microphone_that_was_silent_is_silent_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    scene = Scene(journal=path)
    scene.person.says("What time is it?", at=1.0)
    scene.person.mutes(6.0, for_=3.0)
    scene.person.says("And now?", at=10.0)
    scene.run()
    again = Scene.from_journal(path).run()
    silent_at = [[event.at for event in it.events if isinstance(event, AudioAbsent)] for it in (scene, again)]
    assert silent_at[0]
    assert silent_at[0] == pytest.approx(silent_at[1], abs=0.04)
    assert again.history == scene.history


def test_of_several_sessions_one_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for question in ("First question?", "Second question?"):
        scene = Scene(journal=path)
        scene.person.says(question, at=1.0)
        scene.run()
    assert Scene.from_journal(path).run().person_text == "Second question?"
    assert Scene.from_journal(path, session=0).run().person_text == "First question?"
    with pytest.raises(SceneError, match="has 2 sessions, and no number 5"):
        Scene.from_journal(path, session=5)


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="cannot be read"):
        Scene.from_journal(tmp_path / "none.jsonl")
    (tmp_path / "other.jsonl").write_text('{"event": 1}\n')
    with pytest.raises(SceneError, match=r"no scene can be made of it: .*line 1 is no line of a journal"):
        Scene.from_journal(tmp_path / "other.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(SceneError, match="has 0 sessions"):
        Scene.from_journal(tmp_path / "empty.jsonl")


@pytest.fixture
def journal_with_tools(tmp_path: Path) -> Path:
    """Two calls at once, one of which fails; a call that was given up, and one that ended the talk."""
    path = tmp_path / "tools.jsonl"
    scene = Scene(journal=path)

    async def end_call(session: ToolSession) -> str:
        session.disallow_interruptions()
        session.end_call("Goodbye, take care.")
        return "done"

    scene.tool("look", "sunny", takes=3.0, filler="One moment.")
    scene.tool("book", ToolResult("the calendar is closed", is_error=True), takes=0.5)
    scene.tool("wait", takes=inf, timeout=2.0)
    scene.tool("end_call", end_call)
    scene.llm.answers(
        ScriptedAnswer(calls=(tool_request("look", city="Paris"), tool_request("book"))),
        ScriptedAnswer("It is sunny. I wait.", calls=(tool_request("wait"),)),
        "Nothing came.",
        ScriptedAnswer("You are welcome.", calls=(tool_request("end_call"),)),
    )
    scene.person.says("How is the weather in Paris?", at=1.0)
    scene.person.says("Mm-hm.", at=4.2)
    scene.person.says("Thank you, goodbye.", at=16.0)
    scene.run()
    return path


def test_the_calls_of_tools_go_as_they_went(journal_with_tools: Path) -> None:
    scene = Scene.from_journal(journal_with_tools).run()
    assert len(scene.recorded_history) == 12
    assert scene.history == scene.recorded_history
    scene.assert_called("look", city="Paris")
    scene.assert_heard("One moment.")
    scene.assert_heard("Goodbye, take care.")
    assert scene.session.has_ended
    assert [call.name for call in scene.called] == ["look", "book", "wait", "end_call"]
    scene.check_history()


def test_a_tool_of_a_journal_may_be_given_another_result(journal_with_tools: Path) -> None:
    scene = Scene.from_journal(journal_with_tools)
    scene.tool("book", "booked")
    scene.run()
    assert ("tool", "booked") in scene.history
    assert ("tool", "sunny") in scene.history
    assert [tool.name for tool in scene.requests[0].prompt.tools].count("book") == 1
