"""From what was measured to the figures, and to the JSON that holds every sample."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.metrics import Metrics
from tests.bench.barge_ins import BargeIn
from tests.bench.demo_talk import DemoTalk
from tests.bench.faults import FaultTurns
from tests.bench.figures import Figure, figure, milliseconds, table
from tests.bench.load import Load
from tests.bench.sessions import ColdStart, Sessions
from tests.bench.summary_turns import SummaryTurns
from tests.bench.tool_turns import ToolTurns
from tests.bench.turns import Turn
from tests.support.floor import Floor

SIMULATED = 0.520
"""Seconds from the end of speech to audio that are the simulators' own in the profile `fixed`."""


@dataclass
class Measured:
    """All that was."""

    profile: str
    load: Load
    floors: list[Floor]
    """Before the talk and after it."""
    turns: list[Turn]
    barge_ins: list[BargeIn]
    metrics: Metrics | None
    """The bot's own."""
    starts: list[ColdStart]
    sessions: list[Sessions]
    tools: ToolTurns
    summaries: SummaryTurns
    cpu: dict[str, float] = field(default_factory=dict)
    """Share of a core, by what the bot was doing."""
    pss: dict[str, list[float]] = field(default_factory=dict)
    """MB."""
    complaints: list[str] = field(default_factory=list)
    """Lines of the bot's log."""

    @property
    def sound_turns(self) -> list[Turn]:
        """Those that nothing disturbed."""
        return [turn for turn in self.turns if not turn.is_disturbed]

    @property
    def complete(self) -> list[Turn]:
        """The turns of complete sentences, tales asked for included."""
        return [turn for turn in self.sound_turns if turn.kind in ("complete", "tale")]

    @property
    def true_barge_ins(self) -> list[BargeIn]:
        """Those that were meant."""
        return [each for each in self.barge_ins if not each.is_disturbed and not each.is_false]

    @property
    def false_barge_ins(self) -> list[BargeIn]:
        """Backchannels and coughs."""
        return [each for each in self.barge_ins if not each.is_disturbed and each.is_false]

    @property
    def floor_delay(self) -> float:
        """The transport's share: the lower median, so that a bad moment does not flatter the bot. Seconds."""
        return min(floor.median for floor in self.floors)

    def overhead(self, turn: Turn) -> float | None:
        """What the bot itself added to an answer: without the simulators' time, and the transport's."""
        if turn.voice_to_voice is None:
            return None
        simulators = SIMULATED if self.profile == "fixed" else turn.simulators
        return turn.voice_to_voice - simulators - self.floor_delay


def figures(measured: Measured) -> list[Figure]:
    """All figures, in the order in which they are shown."""
    return [
        *_answers(measured),
        *_barge_ins(measured),
        *_words(measured),
        *measured.tools.figures(),
        *measured.summaries.figures(),
        *_process(measured),
        *_several(measured),
    ]


def _answers(measured: Measured) -> list[Figure]:
    complete, turns = measured.complete, measured.sound_turns
    paused = [turn for turn in turns if turn.kind == "paused"]
    interrupting = [turn for turn in turns if turn.kind == "barge-in"]
    parts = list(dict.fromkeys(name for turn in complete for name in turn.parts))
    return [
        milliseconds("voice-to-voice", [turn.voice_to_voice for turn in complete]),
        *(milliseconds(f"  {name}", [turn.parts.get(name) for turn in complete]) for name in parts),
        milliseconds("overhead", [measured.overhead(turn) for turn in complete], median=200, p95=500),
        *(
            milliseconds(f"echo floor {when}", floor.samples)
            for when, floor in zip(("before", "after"), measured.floors, strict=True)
        ),
        milliseconds("voice-to-voice, pause in the sentence", [turn.voice_to_voice for turn in paused]),
        milliseconds("voice-to-voice, after a barge-in", [turn.voice_to_voice for turn in interrupting]),
        figure("spoke into a complete sentence", "of 1", [turn.is_early for turn in complete], max=0),
        figure("spoke into a pause of a sentence", "of 1", [turn.is_early for turn in paused], max=0),
        figure("not answered", "of 1", [turn.voice_to_voice is None and not turn.is_early for turn in turns], max=0),
        figure("LLM requests a turn", "", [turn.requests for turn in complete], mean=1.2),
        figure("LLM requests a turn with a pause", "", [turn.requests for turn in paused]),
    ]


def _barge_ins(measured: Measured) -> list[Figure]:
    true, false = measured.true_barge_ins, measured.false_barge_ins
    return [
        milliseconds("barge-in, onset to silence", [each.stop for each in true], median=350),
        figure("heard-text error", "words", [each.errors for each in true]),
        figure("false barge-in, tale not resumed", "of 1", [each.is_lost for each in false], max=0),
        figure("false barge-in, words lost or doubled", "words", [each.errors for each in false], max=0),
        milliseconds("false barge-in, silence", [each.silence for each in false]),
        figure("false barge-in, LLM requests", "", [each.requests for each in false], max=0),
    ]


def _words(measured: Measured) -> list[Figure]:
    answered = [turn for turn in measured.sound_turns if turn.requests]
    return [
        figure("words misheard by the simulated transcriber", "words", [turn.misheard_words for turn in answered]),
        figure("words lost between transcriber and LLM", "words", [turn.lost_words for turn in answered], max=0),
        figure("words of answers lost or doubled", "words", [turn.answer_errors for turn in measured.complete], max=0),
        figure("holes in answers", "", [len(turn.holes) for turn in measured.complete]),
        figure("warnings and errors in the bot's log", "lines", [len(measured.complaints)], max=0),
    ]


def _process(measured: Measured) -> list[Figure]:
    starts = measured.starts
    return [
        figure("process start to joined and publishing", "s", [start.joined for start in starts], median=2.0),
        figure("process start to greeting heard", "s", [start.greeting for start in starts]),
        *(
            figure(f"CPU {what}", "% of a core", [100 * share], **({} if what == "idle" else {"max": 20}))
            for what, share in measured.cpu.items()
        ),
        *(
            figure(f"PSS {what}", "MB", values, **({} if what == "idle" else {"max": 180}))
            for what, values in measured.pss.items()
        ),
    ]


def _several(measured: Measured) -> list[Figure]:
    found = []
    for each in measured.sessions:
        bots = f"{each.count} in one process"
        found += [
            figure(f"{bots}: CPU, listening", "% of a core", [100 * each.cpu]),
            figure(f"{bots}: PSS", "MB", [each.pss]),
            milliseconds(f"{bots}: loop late by", each.lags),
            figure(f"{bots}: underruns", "", [each.underruns]),
        ]
    if len(measured.sessions) > 1:
        first, last = measured.sessions[0], measured.sessions[-1]
        further = last.count - first.count
        found += [
            figure("each further session: CPU, listening", "% of a core", [100 * (last.cpu - first.cpu) / further]),
            figure("each further session: PSS", "MB", [(last.pss - first.pss) / further]),
        ]
    return found


def as_dict(measured: Measured) -> dict[str, Any]:
    """For JSON: figures with their values, and every sample they come from. Seconds, where nothing else is said."""
    return {
        "profile": measured.profile,
        "is_result": not measured.load.faults(),
        "why_not": measured.load.faults(),
        "figures": [each.as_dict() for each in figures(measured)],
        "turns": [asdict(turn) | {"overhead": measured.overhead(turn)} for turn in measured.turns],
        "barge_ins": [asdict(each) for each in measured.barge_ins],
        "floor_delay": measured.floor_delay,
        "floors": [asdict(floor) for floor in measured.floors],
        "cold_starts": [asdict(each) for each in measured.starts],
        "sessions": [asdict(each) for each in measured.sessions],
        "tools": asdict(measured.tools),
        "summaries": asdict(measured.summaries),
        "cpu": measured.cpu,
        "pss": measured.pss,
        "complaints": measured.complaints,
        "bot": measured.metrics.as_dict() if measured.metrics else None,
        "load": asdict(measured.load),
    }


def as_text(measured: Measured, shown: Mapping[str, object]) -> str:
    """For a terminal: the table, what disturbed it, and what the bot complained of."""
    disturbed = sum(turn.is_disturbed for turn in measured.turns)
    lines = [
        ", ".join(f"{name} {value}" for name, value in shown.items()),
        "",
        table(figures(measured)),
        "",
        f"{disturbed} of {len(measured.turns)} turns are left out: a stall of the caller tore them, or the"
        " bot had not finished",
        *(f"bot: {line}" for line in measured.complaints[:10]),
    ]
    return "\n".join([*lines, *why_not(measured.load)])


def part_as_text(
    measured: ToolTurns | SummaryTurns | DemoTalk | FaultTurns, load: Load, shown: Mapping[str, object]
) -> str:
    """The same for one part alone."""
    lines = [", ".join(f"{name} {value}" for name, value in shown.items()), "", table(measured.figures())]
    return "\n".join([*lines, *why_not(load)])


def why_not(load: Load) -> list[str]:
    """Lines that say why the figures are no result; none when they are one."""
    faults = load.faults()
    return ["", "NOT A RESULT: this machine was not ready.", *(f"  {fault}" for fault in faults)] if faults else []
