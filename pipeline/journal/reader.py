"""Reading a journal, and deciding again what was decided then: from the journal alone, without audio or providers."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.agent import AgentProfile
from pipeline.audio import WINDOW_DURATION
from pipeline.commands import Command
from pipeline.events import AudioSeen, Event, SpeechStarted, SpeechStopped
from pipeline.journal import codec
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from pipeline.turn.state import State


@dataclass(frozen=True, slots=True)
class Header:
    """What a session's journal begins with. At the loop time `at` it was `wall_time`."""

    rawbot: str
    """The version that wrote it."""
    at: float
    wall_time: datetime
    policy: Policy
    agent: AgentProfile
    has_language_model: bool
    redacted: tuple[str, ...] = ()
    """What was hidden in it; the decisions of a replay are made by the marks that stand there."""

    @property
    def start(self) -> State:
        """The state in which the session began."""
        return State(agent=self.agent, has_language_model=self.has_language_model)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step, or some windows of audio and the last of them, which alone makes the difference."""

    header: Header
    """The same object in all entries of a session."""
    event: Event
    commands: tuple[Command, ...]
    """What was decided. Long texts and prompts are shortened; replaying gives them whole."""
    why: dict[str, Any]
    """What it was decided by, for people: loop times and durations in seconds, rounded; null is never."""
    coalesced: int = 0
    """Windows of audio before this one that were left out."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A step that was decided again: the state after it and the commands, whole."""

    entry: Entry
    state: State
    commands: tuple[Command, ...]
    is_same: bool
    """The commands are those of the journal."""


def read_journal(path: Path) -> Iterator[Entry]:
    """The entries of all sessions in a journal, one session after the other; their lines may be mixed in the file.

    A session's last line may be torn, as a bot that was killed leaves it: that line is left out. Raises ValueError,
    with the number of the line, for what is no journal or cannot be read by this version.
    """
    sessions: dict[str, tuple[Header, list[Entry]]] = {}
    torn: int | None = None
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode())
            except ValueError:
                torn = torn or number
                continue
            try:
                if not isinstance(record, dict):
                    raise TypeError("it is no object")
                if "journal" in record:
                    sessions[record.get("session", "")], torn = (_header(record), []), None
                elif torn is not None:
                    raise ValueError(f"line {torn} before it is no JSON")
                elif (session := record.get("session", next(reversed(sessions), ""))) not in sessions:
                    raise ValueError("no header of its session comes before it")
                else:
                    header, entries = sessions[session]
                    entries.append(_entry(header, record))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{path}: line {number} is no line of a journal: {error}.{_written_by(sessions)}"
                ) from error
    for _, entries in sessions.values():
        yield from entries


def _written_by(sessions: dict[str, tuple[Header, list[Entry]]]) -> str:
    return f" It was written by rawbot {next(reversed(sessions.values()))[0].rawbot}." if sessions else ""


def replay(
    entries: Iterable[Entry], policy: Policy | None = None, *, agent: AgentProfile | None = None
) -> Iterator[Replayed]:
    """Decide each session again from its start: by its own policy and agent, or by others, to see what that changes.

    Windows that were left out, as they decided nothing by the policy of the session, may decide something by another
    one: for `policy` they are rebuilt, and are entries of their own.
    """
    header: Header | None = None
    state = State()
    for entry in entries if policy is None else _expanded(entries):
        if entry.header is not header:
            header = entry.header
            state = header.start if agent is None else replace(header.start, agent=agent)
        state, commands = step(state, entry.event, policy or header.policy)
        is_same = tuple(codec.summarized(command) for command in commands) == entry.commands
        yield Replayed(entry, state, commands, is_same)


def _expanded(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, and before each the windows that were left out, made from what stands around them.

    They follow each other at the pace of audio up to the one that was kept. Going back from it, silence lasts as long
    as it says, and before that the person spoke.
    """
    before: Entry | None = None
    watermark_at = float("-inf")
    for entry in entries:
        if before is not None and before.header is not entry.header:
            before, watermark_at = None, float("-inf")
        if isinstance(entry.event, AudioSeen) and before is not None:
            yield from _windows(entry, entry.event, before.event.at, watermark_at)
        yield replace(entry, coalesced=0)
        before = entry
        if isinstance(entry.event, AudioSeen | SpeechStarted | SpeechStopped):
            watermark_at = entry.event.watermark_at


def _windows(entry: Entry, last: AudioSeen, after: float, watermark_after: float) -> Iterator[Entry]:
    """The windows before `last`, none of which is earlier than what was written before them."""
    for number in range(entry.coalesced, 0, -1):
        back = number * WINDOW_DURATION
        spoken_back = max(0.0, back - last.silence_duration) if last.speech_duration else 0.0
        silence_duration = last.silence_duration - back
        window = AudioSeen(
            at=max(after, last.at - back),
            watermark_at=max(watermark_after, last.watermark_at - back),
            probability=0.0,  # what might have been the start of speech has changed the state, and was kept
            speech_duration=max(0.0, last.speech_duration - spoken_back),
            silence_duration=silence_duration if silence_duration > WINDOW_DURATION / 2 else 0.0,
        )
        why = entry.why | {
            "seen_until": round(window.watermark_at, 3),
            "speech": round(window.speech_duration, 3),
            "silence": round(window.silence_duration, 3),
        }
        yield Entry(entry.header, window, (), why)


def _header(record: dict[str, Any]) -> Header:
    if record["journal"] not in codec.READABLE:
        readable = " and ".join(map(str, codec.READABLE))
        raise ValueError(
            f"its format is {record['journal']}, and this version reads {readable}: replay it with the version "
            f"that wrote it, rawbot {record.get('rawbot', 'unknown')}"
        )
    wall_time = datetime.fromisoformat(record["wall_time"])
    return Header(
        record["rawbot"],
        float(record["at"]),
        wall_time,
        codec.decode_policy(record["policy"]),
        codec.decode_agent(record["agent"]),
        bool(record["has_language_model"]),
        tuple(record.get("redacted", ())),
    )


def _entry(header: Header, record: dict[str, Any]) -> Entry:
    commands = tuple(codec.decode_command(command) for command in record["commands"])
    return Entry(header, codec.decode_event(record["event"]), commands, record["why"], record.get("coalesced", 0))
