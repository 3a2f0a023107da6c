"""One call, read from its journal and decided again: all that its page shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from bot.report.lanes import Lanes, lanes_of
from bot.report.turns import ReportedTurn, turns_of
from pipeline import events
from pipeline.journal import Entry, Header, read_journal, replay
from pipeline.journal.moments import timeline
from pipeline.metrics import Meter, Metrics
from pipeline.metrics.interaction import Interaction, measure


@dataclass(frozen=True, slots=True)
class ReportedCall:
    """A session of a bot. Times are seconds from its beginning."""

    name: str
    """The journal's name, and the session's number in it where it has several."""
    began: datetime
    rawbot: str
    """The version that wrote it."""
    redacted: tuple[str, ...]
    """What was hidden in the journal."""
    room: str
    duration: float
    turns: Sequence[ReportedTurn]
    lanes: Lanes
    metrics: Metrics
    interaction: Interaction
    different_at: float | None
    """When the present code decides otherwise than the bot did; rules and grounds from there on may not be its own."""


def sessions_of(journal: Path) -> Iterator[tuple[str, list[Entry]]]:
    """The sessions of a journal, with their names. Raises OSError or ValueError for a file that is none."""
    sessions = [list(entries) for _, entries in groupby(read_journal(journal), key=lambda entry: id(entry.header))]
    if not sessions:
        raise ValueError(f"{journal} holds no step of a session: is it a journal, and did the bot get into its room?")
    for number, entries in enumerate(sessions, 1):
        yield journal.stem + (f" ({number} of {len(sessions)})" if len(sessions) > 1 else ""), entries


def read_call(name: str, entries: Sequence[Entry]) -> ReportedCall:
    """Read a session whole."""
    header = entries[0].header
    steps = list(replay(entries))
    meter = Meter()
    for entry in entries:
        meter.add(entry.event, entry.commands)
    metrics = meter.metrics
    return ReportedCall(
        name=name,
        began=header.wall_time,
        rawbot=header.rawbot,
        redacted=header.redacted,
        room=room_of(entries),
        duration=entries[-1].event.at - header.at,
        turns=turns_of(steps, timeline(steps), metrics.latencies, header.at),
        lanes=lanes_of(steps, header.at),
        metrics=metrics,
        interaction=interaction_of(header, entries),
        different_at=next((step.entry.event.at - header.at for step in steps if not step.is_same), None),
    )


def room_of(entries: Sequence[Entry]) -> str:
    """The name of the room; empty when the bot never joined it."""
    return next((entry.event.room for entry in entries if isinstance(entry.event, events.Joined)), "")


def interaction_of(header: Header, entries: Sequence[Entry]) -> Interaction:
    """How it went between the two."""
    steps = ((entry.event, entry.commands) for entry in entries)
    return measure(steps, header.agent.language, header.policy.backchannels)
