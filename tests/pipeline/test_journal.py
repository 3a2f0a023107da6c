"""What is recorded of a conversation, and that all decisions follow from it."""

import json
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.agent import AgentProfile
from pipeline.journal import Journal, codec, read_journal, replay, writer
from pipeline.journal.reader import Entry
from pipeline.messages import Tool
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from tests.support.setups import Setup, setups
from tests.support.talk import BEGAN_AT, Move, Talk, moves

Damage = Callable[[list[str]], list[str]]

SCHEMAS = st.dictionaries(st.text(), st.one_of(st.text(), st.booleans(), st.dictionaries(st.text(), st.integers())))
st.register_type_strategy(Tool, st.builds(Tool, st.text(), st.text(), SCHEMAS, strict=st.booleans()))

WALL_TIME = datetime(2031, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


@contextmanager
def recorded(path: Path, policy: Policy | None = None, start: State | None = None) -> Iterator[Talk]:
    """A conversation with a journal."""
    policy = policy or Policy()
    journal = Journal(path, policy, start, wall_clock=lambda: WALL_TIME)
    yield Talk(journal.observe, policy=policy, start=start)
    journal.close()


def moved(moves: list[Move], setup: Setup) -> tuple[list[Entry], Talk]:
    """What the journal says of a conversation in which anything may happen, and the conversation."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        with recorded(path, setup.policy, setup.start) as talk:
            talk.join()
            for move in moves:
                move(talk)
        return list(read_journal(path)), talk


def a_question(talk: Talk, text: str = "What is the time?") -> None:
    """One turn with its answer, played to the end."""
    talk.start_speaking()
    talk.listen(1)
    talk.interim(text)
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final(text)
    talk.listen(0.3)
    talk.write()
    talk.get_ready()
    talk.listen(1)
    talk.play()
    talk.listen(2)
    talk.finish()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


# --- replay ---


@settings(max_examples=100, deadline=None)
@given(moves, setups)
def test_what_was_decided_follows_from_the_journal_alone(moves: list[Move], setup: Setup) -> None:
    """Whatever happens: with windows of audio left out, the same commands and the same history."""
    entries, talk = moved(moves, setup)
    replayed = list(replay(entries))
    assert all(step.is_same for step in replayed)
    assert [command for step in replayed for command in step.commands] == talk.commands
    assert replayed[-1].state == talk.state
    assert sum(entry.coalesced for entry in entries) + len(entries) == len(talk.steps), (
        "nothing but windows is left out"
    )


def test_a_session_is_replayed_with_another_policy(path: Path) -> None:
    with recorded(path, Policy(complete_delay=0.4)) as talk:
        talk.join()
        a_question(talk)
    assert all(step.is_same for step in replay(read_journal(path)))
    assert not all(step.is_same for step in replay(read_journal(path), Policy(preemption="off")))


@settings(max_examples=100, deadline=None)
@given(moves, setups)
def test_windows_that_are_rebuilt_decide_nothing_by_the_same_policy(moves: list[Move], setup: Setup) -> None:
    """Or a difference would be told that the other policy does not make."""
    entries, talk = moved(moves, setup)
    replayed = list(replay(entries, setup.policy))
    assert all(step.is_same for step in replayed)
    assert replayed[-1].state == talk.state
    assert len(replayed) == len(talk.steps)


def half_a_question(talk: Talk) -> None:
    """Of which the end is awaited for long."""
    talk.join()
    talk.start_speaking()
    talk.listen(1)
    talk.interim("I would like")
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final("I would like")
    talk.listen(2)


@pytest.mark.parametrize("lag", [0.0, 0.2])
@pytest.mark.parametrize("delay", [0.4, 0.7, 1.0, 1.3, 1.6])
def test_another_policy_decides_in_the_window_in_which_it_would_have(path: Path, delay: float, lag: float) -> None:
    """Also where the journal has left the windows out, as they decided nothing by the policy of then."""
    other = Policy(unfinished_delay=delay, preemption="off")
    with recorded(path, Policy(preemption="off")) as talk:
        talk.lag = lag
        half_a_question(talk)
    would_be = Talk(policy=other)
    would_be.lag = lag
    half_a_question(would_be)
    decided = next(
        step for step in would_be.steps if any(isinstance(one, commands.StartReply) for one in step.commands)
    )
    told = next(step for step in replay(read_journal(path), other) if not step.is_same)
    assert told.entry.event.at == pytest.approx(decided.event.at, abs=0.001)
    assert told.entry.why["silence"] == pytest.approx(decided.state.hearing.silence_duration, abs=0.001)


def test_speech_that_is_rebuilt_grows_window_by_window(path: Path) -> None:
    """Up to where it was cut short: a bot that falls silent later, or sooner, does so in the right window."""
    with recorded(path, Policy(hold_speech=9, cut_speech=10)) as talk:
        talk.join()
        talk.say("Let me tell you a long story.")
        talk.get_ready()
        talk.listen(1)
        talk.play()
        talk.start_speaking()
        talk.listen(0.9)
    told = [step.entry.event for step in replay(read_journal(path), Policy(hold_speech=0.5)) if not step.is_same]
    assert isinstance(told[0], events.AudioSeen)
    assert 0.5 <= told[0].speech_duration < 0.54


def test_a_change_of_a_long_prompt_is_noticed(path: Path) -> None:
    with recorded(path, start=State(agent=AgentProfile(instructions="Be kind. " * 100 + "Be brief."))) as talk:
        talk.join()
        a_question(talk)
    changed = replay(read_journal(path), agent=AgentProfile(instructions="Be rude. " * 100 + "Be brief."))
    differing = [type(command) for step in changed if not step.is_same for command in step.commands]
    assert commands.StartReply in differing


def test_windows_that_change_nothing_become_a_line_a_second(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        talk.listen(60)
    windows = [entry for entry in read_journal(path) if isinstance(entry.event, events.AudioSeen)]
    assert 58 <= len(windows) <= 62
    assert {entry.why["floor"] for entry in windows} == {"silent"}


def test_a_window_that_changes_something_brings_no_others_with_it(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        talk.listen(0.4)
        talk.listen(0.032, probability=0.99)
        talk.listen(0.4)
    windows = [entry.event.probability for entry in read_journal(path) if isinstance(entry.event, events.AudioSeen)]
    assert windows == [0.99, 0.02]
    assert list(replay(read_journal(path)))[-1].state == talk.state


def test_one_that_the_version_before_wrote_is_read(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        a_question(talk)
    path.write_text(path.read_text().replace('"journal":3', '"journal":2'))
    assert all(step.is_same for step in replay(read_journal(path)))


# --- its lines ---


@pytest.mark.parametrize("kind", get_args(events.Event), ids=lambda kind: str(kind.__name__))
def test_every_event_is_read_as_it_was(kind: type[events.Event]) -> None:
    @given(st.from_type(kind))
    @settings(max_examples=30, deadline=None)
    def check(event: events.Event) -> None:
        read = codec.decode_event(json.loads(codec.line({"event": codec.encode(event)}))["event"])
        assert codec.encode(read) == codec.encode(event)
        assert type(read) is type(event)

    check()


@pytest.mark.parametrize("kind", get_args(commands.Command), ids=lambda kind: str(kind.__name__))
def test_every_command_is_read_as_it_was(kind: type[commands.Command]) -> None:
    @given(st.from_type(kind))
    @settings(max_examples=30, deadline=None)
    def check(command: commands.Command) -> None:
        short = codec.summarized(command)
        read = codec.decode_command(json.loads(codec.line(codec.encode(short))))
        assert codec.encode(read) == codec.encode(short)
        assert type(read) is type(short)

    check()


def test_strings_of_any_kind_come_back(path: Path) -> None:
    texts = ['\u2028\u2029\x00\n\r"\\ 🙂 ¿qué?', "half a pair: \ud83d", ""]
    with recorded(path) as talk:
        talk.join()
        for text in texts:
            talk.type(text)
    typed = [entry.event.text for entry in read_journal(path) if isinstance(entry.event, events.TextReceived)]
    assert typed == texts


def test_what_is_no_number_is_null(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        talk.happen(events.AudioSeen(talk.now, talk.now, float("nan"), 0.0, float("inf")))
        talk.start_speaking()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    seen = next(line for line in lines if line.get("event", {}).get("type") == "AudioSeen")
    assert (seen["event"]["probability"], seen["event"]["silence_duration"]) == (None, None)
    assert seen["why"]["endpoint_at"] is None, "never"


def test_a_decision_stands_with_what_it_was_decided_by(path: Path) -> None:
    """The release of an answer: the turn as it was before it was taken down, and why it was over."""
    with recorded(path) as talk:
        talk.join()
        a_question(talk)
    release = next(
        entry for entry in read_journal(path) if any(isinstance(one, commands.Release) for one in entry.commands)
    )
    assert release.why["text"] == "What is the time?"
    assert release.why["seen_until"] >= release.why["endpoint_at"]
    assert release.why["endpoint_at"] == pytest.approx(
        release.why["speech_ended_at"] + talk.policy.complete_delay, abs=0.01
    )
    assert release.why["on_air"] == "reply-1"


def test_the_header_holds_the_time_the_version_the_policy_and_the_agent(path: Path) -> None:
    policy = Policy(open_delay=0.77, backchannels=frozenset({"yes", "oh"}))
    tool = Tool("look_up", "Looks up.", {"type": "object", "properties": {}})
    agent = AgentProfile(name="Jo", instructions="Be brief.", language="de-AT", tools=(tool,))
    with recorded(path, policy, State(agent=agent, has_language_model=False)) as talk:
        talk.join()
    header = json.loads(path.read_text().splitlines()[0])
    assert header["journal"] == codec.FORMAT
    (read,) = {id(entry.header): entry.header for entry in read_journal(path)}.values()
    assert (read.policy, read.agent, read.has_language_model) == (policy, agent, False)
    assert (read.at, read.wall_time) == (BEGAN_AT, WALL_TIME)
    assert read.rawbot


def test_a_call_of_ten_minutes_with_long_turns_stays_small(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        for _ in range(2):
            talk.start_speaking()
            said = ""
            for number in range(120 * 5):  # two minutes without a pause, and an interim five times a second
                said += f" word{number}"
                talk.listen(0.2)
                talk.interim(" ".join(said.split()[-15:]))
                if number % 15 == 14:
                    talk.final(" ".join(said.split()[-15:]), answers_finalize=False)
            talk.stop_speaking()
            talk.listen(3)
            talk.write()
            talk.get_ready()
            talk.play()
            talk.listen(180)
            talk.finish()
    assert len(talk.state.history) == 4
    assert path.stat().st_size < 4_000_000


# --- the file ---


def test_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        Journal(path, Policy()).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commands_are_in_the_file_at_once_and_the_rest_at_the_end(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        talk.start_speaking()
        assert b"WarmUp" in path.read_bytes()
        talk.listen(0.1)
        talk.happen(events.TokensUsed(talk.now, "reply-1", 1, 1))
        assert b"TokensUsed" not in path.read_bytes()
    assert b"TokensUsed" in path.read_bytes()


def test_a_journal_that_exists_is_continued(path: Path) -> None:
    for text in ("What is the time?", "And now?"):
        with recorded(path) as talk:
            talk.join()
            a_question(talk, text)
    replayed = list(replay(read_journal(path)))
    assert len({id(step.entry.header) for step in replayed}) == 2
    assert all(step.is_same for step in replayed)
    assert [message.text for message in replayed[-1].state.history if message.role == "user"] == ["And now?"]


def test_two_sessions_may_write_one_journal_at_the_same_time(path: Path) -> None:
    with recorded(path) as one, recorded(path) as other:
        for talk in (one, other):
            talk.join()
        for number in range(4):
            a_question(one, f"What is {number}?")
            a_question(other, f"And what is {number}?")
    replayed = list(replay(read_journal(path)))
    assert all(step.is_same for step in replayed)
    states = [step.state for step in replayed if step.state in (one.state, other.state)]
    assert len({id(state) for state in states}) == 2


def test_a_torn_last_line_is_left_out_and_another_session_may_follow(path: Path) -> None:
    with recorded(path) as talk:
        talk.join()
        a_question(talk)
    whole = list(read_journal(path))
    os.truncate(path, path.stat().st_size - 30)
    assert [entry.event for entry in read_journal(path)] == [entry.event for entry in whole[:-1]]
    with recorded(path) as talk:
        talk.join()
        talk.start_speaking()
    entries = list(read_journal(path))
    assert len(entries) == len(whole) - 1 + len(talk.steps)
    assert all(step.is_same for step in replay(entries))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: [*lines[:3], lines[3][:20], *lines[4:]], "line 5.*line 4 before it is no JSON"),
        (lambda lines: lines[1:], "line 1.*no header"),
        (
            lambda lines: [lines[0].replace('"journal":3', '"journal":1'), *lines[1:]],
            "line 1.*format is 1, .*version that wrote it, rawbot",
        ),
        (lambda lines: [*lines[:2], '{"event":{"type":"Sneezed"},"commands":[]}'], "line 3.*'Sneezed'.*rawbot"),
        (lambda lines: [*lines[:2], '{"event":{"type":"Tick"},"commands":[]}'], "line 3.*Tick.*'at'"),
        (lambda lines: [*lines[:2], "[]"], "line 3"),
    ],
)
def test_what_is_no_journal_is_refused_with_its_line(path: Path, damage: Damage, told: str) -> None:
    with recorded(path) as talk:
        talk.join()
        talk.start_speaking()
        talk.stop_speaking()
        talk.start_speaking()
    path.write_text("\n".join(damage(path.read_text().splitlines())) + "\n")
    with pytest.raises(ValueError, match=told):
        list(read_journal(path))


# --- when it cannot be written ---


def talk_on(journal: Journal) -> None:
    """A conversation long enough to be written several times."""
    talk = Talk(journal.observe)
    talk.join()
    for _ in range(3):
        a_question(talk)
    journal.close()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.platform("linux", reason="/dev/full is a disk that is always full")
def test_a_full_disk_is_told_once_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    talk_on(Journal(Path("/dev/full"), Policy()))
    (error,) = errors(caplog)
    assert "No space left on device" in error
    assert "/dev/full" in error


def test_a_file_that_cannot_be_made_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    talk_on(Journal(tmp_path / "nowhere" / "journal.jsonl", Policy()))
    assert len(errors(caplog)) == 1


def test_a_file_that_is_deleted_is_told_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(path, Policy())
    journal.observe(events.Joined(1.0, "room", "bot"), State(), (commands.ShowAgentState("listening"),))
    path.unlink()
    talk_on(journal)
    (error,) = errors(caplog)
    assert "deleted" in error
    assert not path.exists()


def test_a_session_fills_no_disk(path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    talk_on(Journal(path, Policy()))
    whole = path.stat().st_size
    path.unlink()
    monkeypatch.setattr(writer, "MOST_BYTES", whole // 2)
    talk_on(Journal(path, Policy()))
    (error,) = errors(caplog)
    assert "this session has written" in error
    assert 0 < path.stat().st_size <= whole // 2
    assert path.read_bytes().endswith(b"\n")


def test_a_pipe_that_nobody_reads_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    talk_on(Journal(pipe, Policy()))
    assert len(errors(caplog)) == 1
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        journal = Journal(pipe, Policy())
        for _ in range(20):  # more than a pipe holds
            talk = Talk(journal.observe)
            talk.join()
            a_question(talk)
        journal.close()
    finally:
        os.close(reader)
    assert len(errors(caplog)) == 2


def test_after_the_end_nothing_is_recorded(path: Path) -> None:
    journal = Journal(path, Policy())
    talk_on(journal)
    size = path.stat().st_size
    talk_on(journal)
    assert path.stat().st_size == size
