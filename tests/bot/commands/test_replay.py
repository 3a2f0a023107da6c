"""`python -m bot replay`: a call told from its journal, decided again, and decided otherwise."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands import replay
from bot.process.exit_codes import ExitCode
from bot.settings.policy_changes import read_changes
from pipeline import events
from pipeline.journal import Journal, read_journal
from pipeline.journal import replay as decide_again
from pipeline.journal.descriptions import describe_event, shown
from pipeline.journal.moments import rules_applied, timeline
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from tests.support.bot_process import COMMAND, environment
from tests.support.talk import Talk
from tests.support.waiting import WAIT_LIMIT

Told = Callable[..., tuple[int, str, str]]


def record(path: Path, policy: Policy | None = None) -> Talk:
    """A question with its answer, and another whose answer is interrupted."""
    policy = policy or Policy()
    journal = Journal(path, policy)
    talk = Talk(journal.observe, policy=policy)
    talk.join()
    ask(talk, "What is the time?")
    talk.finish()
    talk.listen(1)
    ask(talk, "Tell me a story.")
    talk.start_speaking()
    talk.listen(0.6)
    talk.interim("No wait")
    talk.listen(0.5)
    talk.stop_speaking()
    talk.listen(1)
    journal.close()
    return talk


def ask(talk: Talk, text: str) -> None:
    talk.start_speaking()
    talk.listen(1)
    talk.interim(text)
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final(text)
    talk.listen(0.3)
    talk.write()
    talk.get_ready()
    talk.listen(0.1)
    talk.play()
    talk.listen(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "talk.jsonl"


@pytest.fixture
def told(capsysbinary: pytest.CaptureFixture[bytes]) -> Told:
    """Run the command: its exit code and what it writes."""

    def tell(*arguments: object) -> tuple[int, str, str]:
        code = replay.main([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return tell


def edited(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change the steps of a journal."""
    header, *lines = path.read_text("utf-8").splitlines()
    steps = [json.loads(line) for line in lines]
    for one in steps:
        edit(one)
    path.write_text("\n".join([header, *map(json.dumps, steps), ""]), "utf-8")


# --- what it tells ---


def test_what_happened_what_was_decided_and_why(told: Told, path: Path) -> None:
    record(path)
    code, out, err = told(path)
    assert (code, err) == (ExitCode.OK, "")
    wanted = [
        "ann is linked",
        "-> ask the transcriber for what it has  (endpointing.ask_to_finalize: 0.10 s of silence",
        'make reply-1, an answer to "What is the time?"  (preemption.start: ',
        'words "What is the time?"',
        "reply-1 has its first audio",
        '-> commit the turn: "What is the time?", release reply-1  (answering.release_answer: turn over',
        "reply-1 is heard from now on",
        'reply-1 is over, heard "All of it was heard"',
        "-> duck reply-2  (barge_in.duck: 0.06 s of speech)",
        "-> hold reply-2  (barge_in.hold: ",
        '-> cut reply-2  (barge_in.cut: 0.67 s of speech, "No wait"',
        'reply-2 is cut off, heard "As far as this"',
        "voice to voice",
        "draft",
        "turn 1: ",
        "ms = endpointing ",
        "turn 2: ",
        "decides all",
    ]
    places = [out.find(text) for text in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)
    assert "a window of audio" not in out


def test_json_has_the_same_and_the_metrics(told: Told, path: Path) -> None:
    talk = record(path)
    code, out, _ = told("--json", path)
    (session,) = json.loads(out)
    assert code == ExitCode.OK
    assert session["is_same"] is True
    assert session["steps"] == len(list(read_journal(path)))
    cut = next(one for moment in session["timeline"] for one in moment["decisions"] if one["rule"] == "barge_in.cut")
    assert cut["commands"] == [{"type": "Cut", "reply_id": "reply-2"}]
    assert session["metrics"]["counts"]["replies_cut"] == 1
    assert [one["turn"] for one in session["metrics"]["each_waterfall"]] == [1, 2]
    assert [answer["reply_id"] for answer in session["metrics"]["each_answer"]] == ["reply-1", "reply-2"]
    assert session["duration"] == pytest.approx(talk.now - 1000, abs=1)


def test_each_session_is_told(told: Told, path: Path) -> None:
    record(path)
    record(path, Policy(complete_delay=0.4))
    _, out, _ = told(path, "--json")
    assert len(json.loads(out)) == 2
    assert told(path)[1].count("session of") == 2


def test_the_rules_that_are_told_are_those_that_decide(path: Path) -> None:
    """What the timeline finds by asking the rules itself is what a step has decided, and in its order."""
    talk = record(path)
    state = type(talk.state)()
    found = 0
    for one in talk.steps:
        by_rules = [command for _, some in rules_applied(state, one.event, talk.policy) for command in some]
        state, commands = step(state, one.event, talk.policy)
        assert [command for command in commands if command in by_rules] == by_rules
        found += len(by_rules)
    assert found > 10


def test_every_moment_has_words(path: Path) -> None:
    record(path)
    for moment in timeline(decide_again(read_journal(path))):
        assert moment.text or moment.decisions
        assert all(decision.text and decision.rule for decision in moment.decisions)


@pytest.mark.parametrize(
    "event",
    [
        events.TextReceived(0.0, "ann", "a\x1b[31m\nb" + "c" * 200),
        events.TextReceived(0.0, "a\x1b[31m\nb", "Hello"),
        events.PersonLinked(0.0, "a\x1b[31m\nb"),
        events.Joined(0.0, "room", "a\x1b[31m\nb"),
        events.RoomEnded(0.0, "a\x1b[31m\nb"),
    ],
)
def test_words_cannot_steer_the_terminal(event: events.Event) -> None:
    assert describe_event(event).isprintable()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is half past nine.", "It is half past nine."),
        (
            "Hello there. " * 4 + "I am Rawbot, and start me again.",
            "… Hello there. Hello there. I am Rawbot, and start me again.",
        ),
        ("x" * 30 + " " + "y" * 60, "… " + "y" * 60),
        ("z" * 100, "… " + "z" * 60),
    ],
)
def test_of_a_long_text_its_last_words_are_told(text: str, told: str) -> None:
    """Whole ones, unless one alone is too long."""
    assert shown(text) == f'"{told}"'


def test_whoever_reads_may_stop_reading(path: Path) -> None:
    """As `head` does: neither a traceback nor another exit code."""
    record(path)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, *COMMAND, "replay", str(path)]
    done = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, env=environment({}), timeout=WAIT_LIMIT, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")


# --- decided again ---


def test_a_decision_that_the_present_code_takes_otherwise_is_told(told: Told, path: Path) -> None:
    def no_duck(one: dict[str, Any]) -> None:
        one["commands"] = [command for command in one["commands"] if command["type"] != "Duck"]

    record(path)
    edited(path, no_duck)
    code, out, _ = told(path)
    assert code == ExitCode.DIFFERENT
    difference = out[out.index("the present code decides otherwise") :]
    assert "in the journal: have the providers ready\n" in difference
    assert "now:            have the providers ready, duck reply-2\n" in difference
    assert "0.06 s of speech" in difference
    code, out, _ = told(path, "--json")
    assert code == ExitCode.DIFFERENT
    assert json.loads(out)[0]["difference"]["now"][-1] == {"type": "Duck", "reply_id": "reply-2"}


def test_another_policy_is_tried_and_is_no_difference_of_the_code(told: Told, path: Path) -> None:
    record(path)
    code, out, _ = told(path, "--policy", "complete_delay=0.3", "preemption=llm")
    assert code == ExitCode.OK
    difference = out[out.index("with complete_delay=0.3, preemption=llm it would have gone otherwise") :]
    assert "its text only" in difference
    _, out, _ = told(path, "--json", "--policy", "complete_delay=0.3")
    (session,) = json.loads(out)
    assert session["is_same"]
    assert session["policy"] == {"complete_delay": 0.3}
    assert session["policy_difference"]["why"]["silence"] < Policy().complete_delay


def test_a_policy_that_changes_nothing_says_so(told: Told, path: Path) -> None:
    record(path)
    _, out, _ = told(path, "--policy", "unfinished_delay=7")
    assert "with unfinished_delay=7.0 everything would have been decided in the same way" in out


def test_a_policy_is_read_as_its_fields_want_it() -> None:
    written = ["max_drafts=1", "greeting=Hi=there", "apology=Oh.", "backchannels=yes, oh"]
    changes = read_changes([*written, "greeting_instructions=none", "open_delay=1"])
    assert changes == {
        "max_drafts": 1,
        "greeting": "Hi=there",
        "apology": "Oh.",
        "backchannels": frozenset({"yes", "oh"}),
        "greeting_instructions": None,
        "open_delay": 1.0,
    }


def test_all_faults_of_a_policy_are_told_at_once(told: Told, path: Path) -> None:
    faulty = ["complete_dely=1", "open_delay=soon", "max_drafts=1.5", "preemption=some", "open_delay", "hold_speech=-1"]
    code, out, err = told(path, "--policy", *faulty)
    assert (code, out) == (ExitCode.SETTINGS, "")
    for fault in (
        "did you mean complete_delay?",
        "open_delay must be a number from 0 on, not 'soon'",
        "max_drafts must be a whole number",
        "preemption must be one of off, llm, llm+tts",
        "'open_delay' is no KEY=VALUE",
        "hold_speech must be a number from 0 on",
    ):
        assert fault in err


# --- bad input ---


def refusal(told: Told, path: Path) -> str:
    code, out, err = told(path)
    assert (code, out) == (ExitCode.SETTINGS, "")
    assert str(path) in err
    assert len(err.splitlines()) == 1
    return err


def test_no_file(told: Told, path: Path) -> None:
    assert "No such file" in refusal(told, path)


def test_a_folder(told: Told, tmp_path: Path) -> None:
    assert "cannot be read" in refusal(told, tmp_path)


@pytest.mark.parametrize("content", [b"", b"Dear diary\n", b"\x80\x00\xff", b"\n\n"])
def test_no_journal(told: Told, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "is it a journal" in refusal(told, path)


def test_a_torn_last_line_is_left_out_and_told(told: Told, path: Path) -> None:
    record(path)
    os.truncate(path, path.stat().st_size - 30)
    code, out, err = told(path)
    assert code == ExitCode.OK
    assert "decides all" in out
    assert "torn" in err


def test_a_torn_line_in_the_middle(told: Told, path: Path) -> None:
    record(path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], lines[3][:20], *lines[4:], ""]))
    assert "line 4" in refusal(told, path)


def test_another_version(told: Told, path: Path) -> None:
    record(path)
    path.write_text(path.read_text().replace('"journal":3', '"journal":99'))
    assert "format is 99" in refusal(told, path)


def test_an_event_that_is_not_known(told: Told, path: Path) -> None:
    record(path)
    edited(path, lambda one: one["event"].update(type="Sneezed") if one["event"]["type"] == "PersonLinked" else None)
    assert "'Sneezed'" in refusal(told, path)
