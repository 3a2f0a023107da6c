"""Many calls: their figures, their slowest turns and their faults, from a folder of journals read one after the other.

Of each call some numbers are kept, and of each answer how long its stages took: a hundred bytes or so. Nothing else of
a journal stays in memory, so that a thousand of them need little more than the longest one.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappush, heappushpop
from pathlib import Path

from bot.report.call import interaction_of, room_of, sessions_of
from bot.report.faults import Faults
from bot.report.figures_panel import LATENCIES
from bot.report.waterfall_chart import SHORTEST
from pipeline import commands, events
from pipeline.journal import Entry
from pipeline.metrics import Meter, Summary
from pipeline.metrics.interaction import Interaction
from pipeline.metrics.waterfall import SpanName, Waterfall

WORST = 20
"""Turns that are named."""

_BEGINNING, _RECORDING = b'{"journal"', b'{"rawbot_recording"'


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call among many."""

    name: str
    journal: Path
    session: int
    """Its number in the journal, from 0 on."""
    began: datetime
    room: str
    duration: float
    turns: int
    delay: Summary | None
    """From the person's last word to the bot's first sound."""
    barge_ins: int
    false_barge_ins: int
    failures: int
    faults: int


@dataclass(frozen=True, slots=True, order=True)
class WorstTurn:
    """One of the slowest answers."""

    total: float
    call: int
    """The number of its call among all."""
    turn: int
    sentence: str
    """The waterfall in words."""
    question: str


@dataclass(frozen=True, slots=True)
class BrokenJournal:
    """A file that could not be read, or only its first sessions."""

    journal: Path
    why: str


@dataclass(slots=True)
class Fleet:
    """What is kept of the calls."""

    calls: list[CallSummary] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    """One a call."""
    broken: list[BrokenJournal] = field(default_factory=list)
    delays: defaultdict[str, "array[float]"] = field(default_factory=lambda: defaultdict(lambda: array("d")))
    """The delays of all answers in seconds, by the fields of Latencies."""
    waited: defaultdict[SpanName, "array[float]"] = field(default_factory=lambda: defaultdict(lambda: array("d")))
    """Seconds that a person waited for a stage, of each answer in which they did."""
    worst: list[WorstTurn] = field(default_factory=list)
    """The slowest; a heap until all is read, then the slowest first."""
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By stage and provider."""
    fault_texts: dict[tuple[str, str], str] = field(default_factory=dict)
    """The latest of each in words."""
    repeats: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Requests that were made again, by stage, how, and the provider that was asked."""
    underruns: int = 0
    underrun_seconds: float = 0.0
    loop_lags: int = 0
    requests: int = 0
    drafts_discarded: int = 0


def journals_in(folder: Path) -> Iterator[Path]:
    """The journals in a folder and those below it: what begins like one, and .jsonl files but those of recordings."""
    for path in sorted(folder.rglob("*")):
        begins = _beginning(path) if path.is_file() else _RECORDING
        if begins.startswith(_BEGINNING) or (path.suffix == ".jsonl" and not begins.startswith(_RECORDING)):
            yield path


def read_fleet(journals: Iterable[Path]) -> Fleet:
    """Read them one after the other; one that is broken is noted, and ends nothing."""
    reader = _Reader()
    for journal in journals:
        try:
            for session, (name, entries) in enumerate(sessions_of(journal)):
                reader.add(journal, session, name, entries)
        except Exception as error:  # noqa: BLE001 - what stands in a file of others may break anything, but not the rest
            reader.fleet.broken.append(BrokenJournal(journal, why_not(error)))
    reader.fleet.worst.sort(reverse=True)
    return reader.fleet


class _Reader:
    def __init__(self) -> None:
        self.fleet = Fleet()

    def add(self, journal: Path, session: int, name: str, entries: Sequence[Entry]) -> None:
        fleet, header = self.fleet, entries[0].header
        meter, faults = Meter(), Faults()
        questions: list[str] = []
        for entry in entries:
            meter.add(entry.event, entry.commands)
            faults.add(entry.event)
            self._count(entry)
            questions += [
                command.message.text
                for command in entry.commands
                if isinstance(command, commands.TurnCommitted) and command.message.is_turn
            ]
        faults.close(entries[-1].event.at)
        metrics, number = meter.metrics, len(fleet.calls)
        fleet.calls.append(
            CallSummary(
                name=name,
                journal=journal,
                session=session,
                began=header.wall_time,
                room=room_of(entries),
                duration=entries[-1].event.at - header.at,
                turns=metrics.counts.turns,
                delay=metrics.latency("voice_to_voice_delay"),
                barge_ins=len(metrics.barge_ins),
                false_barge_ins=sum(barge_in.is_false for barge_in in metrics.barge_ins),
                failures=metrics.counts.failures,
                faults=len(faults.all),
            )
        )
        fleet.interactions.append(interaction_of(header, entries))
        fleet.requests += metrics.counts.requests
        fleet.drafts_discarded += metrics.counts.drafts_discarded
        for fault in faults.all:
            fleet.faults[fault.stage, fault.provider] += 1
            fleet.fault_texts[fault.stage, fault.provider] = fault.text
        for answer in metrics.latencies:
            for delay_name in LATENCIES:
                if (delay := getattr(answer, delay_name)) is not None:
                    fleet.delays[delay_name].append(delay)
            fall = Waterfall.of(answer)
            question = questions[fall.turn - 1] if 0 < fall.turn <= len(questions) else ""
            self._answer(number, fall, question)

    def _count(self, entry: Entry) -> None:
        fleet = self.fleet
        match entry.event:
            case events.RequestRepeated(stage=stage, how=how, provider=provider):
                fleet.repeats[stage, how, provider] += 1
            case events.PlayoutUnderrun(duration=duration):
                fleet.underruns += 1
                fleet.underrun_seconds += duration
            case events.LoopLagged():
                fleet.loop_lags += 1

    def _answer(self, call: int, fall: Waterfall, question: str) -> None:
        fleet = self.fleet
        if fall.total is None:
            return
        waited: defaultdict[SpanName, float] = defaultdict(float)
        for span in fall.waited:
            waited[span.name] += span.duration
        for name, seconds in waited.items():
            if seconds >= SHORTEST:
                fleet.waited[name].append(seconds)
        worst = WorstTurn(fall.total, call, fall.turn, str(fall), question)
        if len(fleet.worst) < WORST:
            heappush(fleet.worst, worst)
        else:
            heappushpop(fleet.worst, worst)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(max(len(_BEGINNING), len(_RECORDING)))
    except OSError:
        return b""  # it is listed as broken where its name says that it is a journal


def why_not(error: Exception) -> str:
    """Why a journal could not be read, in words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, ValueError) else f"it holds what no journal does ({error!r})"
