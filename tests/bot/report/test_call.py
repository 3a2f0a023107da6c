"""A call read from its journal: its turns, its lanes, and its page."""

import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from bot.report.call import ReportedCall, read_call, sessions_of
from bot.report.call_page import call_page
from bot.report.lanes import Bar
from bot.report.writing import report_journal
from pipeline import events
from pipeline.journal import Journal
from pipeline.testing import Scene
from pipeline.turn.policy import Policy
from pipeline.usage import ServiceUsage
from tests.bot.report.recorded import record_answers
from tests.support.talk import Move, Talk, moves


def read(journal: Path) -> ReportedCall:
    ((name, entries),) = sessions_of(journal)
    return read_call(name, entries)


@pytest.fixture
def story(tmp_path: Path) -> ReportedCall:
    """A greeting that is cut, a story with a cough in it, a tool, and a model that fails."""
    scene = Scene(journal=tmp_path / "story.jsonl", greeting="Hello, this is Rawbot, and I know all stories.")
    scene.tool("get_weather", "sunny", takes=2.0)
    scene.llm.calls("get_weather", city="Paris")
    scene.llm.answers("It is sunny.", "Once upon a time there was a king who had three daughters.")
    scene.person.interrupts("Is it sunny in Paris?", at=1.5)
    scene.person.says("Then tell me a story.", at=9.0)
    scene.person.coughs(at=12.5)
    scene.run()
    return read(tmp_path / "story.jsonl")


def kinds(bars: list[Bar]) -> list[str]:
    return [bar.kind for bar in bars]


def test_its_turns(story: ReportedCall) -> None:
    assert [turn.number for turn in story.turns] == [0, 1, 2]
    assert [turn.question for turn in story.turns] == ["", "Is it sunny in Paris?", "Then tell me a story."]
    assert [turn.at for turn in story.turns] == pytest.approx([0.0, 1.5, 9.0], abs=0.05)
    assert [(turn.until, following.at) for turn, following in zip(story.turns, story.turns[1:], strict=False)] == [
        (following.at, following.at) for following in story.turns[1:]
    ]
    assert story.turns[-1].until == story.duration
    assert [message.role for message in story.turns[1].messages] == ["user", "tool", "assistant"]
    assert all(turn.waterfall is not None and turn.waterfall.turn == turn.number for turn in story.turns[1:])


def test_each_moment_is_in_the_turn_of_its_time(story: ReportedCall) -> None:
    assert sum(len(turn.moments) for turn in story.turns) > 20
    for turn in story.turns:
        assert all(turn.at <= moment.at <= turn.until for moment in turn.moments)


def test_its_lanes(story: ReportedCall) -> None:
    lanes = story.lanes
    assert " ".join(bar.text for bar in lanes.words) == "Is it sunny in Paris? Then tell me a story."
    assert kinds(lanes.bot)[:2] == ["full", "ducked"]
    assert {"held", "cut"} <= set(kinds(lanes.bot))
    (tool,) = lanes.tools
    assert (tool.kind, tool.text) == ("done", "get_weather")
    assert tool.until - tool.at == pytest.approx(2.0, abs=0.05)
    assert lanes.faults == []


def test_what_was_heard_and_what_was_not(story: ReportedCall) -> None:
    heard = [bar.text for bar in story.lanes.said if bar.kind == "heard" and bar.at < 3]
    (unheard,) = [bar.text for bar in story.lanes.said if bar.kind == "unheard"]
    assert " ".join([*heard, unheard]) == "Hello, this is Rawbot, and I know all stories."
    told = [bar for bar in story.lanes.said if bar.at > 9]
    assert " ".join(bar.text for bar in told) == "Once upon a time there was a king who had three daughters."
    (held,) = [bar for bar in story.lanes.bot if bar.kind == "held" and bar.at > 9]
    assert not [bar for bar in told if held.at < bar.at < held.until - 0.01]


def test_its_page_says_it_all_without_a_script(story: ReportedCall) -> None:
    page = call_page(story)
    for wanted in ("Is it sunny in Paris?", "get_weather", "turn 2: ", "barge_in.cut", "of silence", "Slowest"):
        assert wanted in page, wanted
    assert not re.findall(r"https?://", page)
    assert "media-src" not in page
    assert 'id="turn-2"' in page


def test_a_recording_beside_it_is_in_the_page(tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8])
    (tmp_path / "call.ogg").write_bytes(b"OggS and so on")
    (page,) = report_journal(journal).pages
    assert page == tmp_path / "call.html"
    assert 'src="data:audio/ogg;base64,T2dnUyBhbmQgc28gb24="' in page.read_text("utf-8")
    assert os.stat(page).st_mode & 0o777 == 0o600


def test_it_says_what_was_hidden_in_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "call.jsonl", Policy(), redacted=("numbers", "names"))
    Talk(journal.observe).join()
    journal.close()
    assert "Hidden in the journal: numbers, names." in call_page(read(tmp_path / "call.jsonl"))


def test_its_figures_have_what_it_used(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "call.jsonl", Policy())
    talk = Talk(journal.observe)
    talk.join()
    used = ServiceUsage(stage="llm", provider="openai", model="gpt-x", requests=2, prompt_tokens=1500)
    talk.happen(events.UsageCounted(talk.now, (used,)))
    journal.close()
    assert str(used) in call_page(read(tmp_path / "call.jsonl"))


def test_each_session_of_a_journal_gets_a_page(tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8])
    record_answers(journal, [0.9])
    report = report_journal(journal, tmp_path / "out.html")
    assert [page.name for page in report.pages] == ["out.html", "out-2.html"]
    assert [call.name for call in report.calls] == ["call (1 of 2)", "call (2 of 2)"]


def test_it_says_where_the_present_code_decides_otherwise(tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8])
    lines = journal.read_text("utf-8").splitlines()
    header = json.loads(lines[0])
    header["policy"]["complete_delay"] = 0.2
    journal.write_text("\n".join([json.dumps(header), *lines[1:], ""]), "utf-8")
    call = read(journal)
    assert call.different_at is not None
    assert "decides otherwise" in call_page(call)


@settings(max_examples=40, deadline=None)
@given(moves)
def test_any_conversation_has_a_page(happened: list[Move]) -> None:
    """Its turns share the time of the call out without a gap, and every moment and every commit is in one."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "call.jsonl", Policy())
        talk = Talk(journal.observe)
        talk.join()
        for move in happened:
            move(talk)
        journal.close()
        call = read(Path(folder) / "call.jsonl")
    edges = [turn.at for turn in call.turns]
    assert edges == sorted(edges)
    assert sum(turn.number > 0 for turn in call.turns) == call.metrics.counts.turns
    page = call_page(call)
    assert page.count('class="turn"') == len([turn for turn in call.turns if turn.number or turn.moments])
