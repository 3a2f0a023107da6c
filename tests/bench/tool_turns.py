"""Turns in which the bot calls tools, and what it costs the other turns that it has any."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pipeline import events
from pipeline.journal import read_journal
from tests.bench.evidence import Evidence
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.turns import turns

SECOND = 1.0
"""Seconds by which the bot's end of speech and the caller's may differ."""


@dataclass(frozen=True)
class ToolTurns:
    """What was measured. Seconds."""

    plain: list[float]
    """Voice-to-voice of turns without calls, of a bot with thirty tools and two MCP servers..."""
    bare: list[float]
    """...and of one without."""
    own: list[float] = field(default_factory=list)
    """From the model's call, or the release if that comes later, to the request that tells the result, for a tool that
    takes no time: all of it is the bot's."""
    first_sounds: list[float] = field(default_factory=list)
    """From the caller's last sample to the first sound, for a tool that takes three seconds."""
    at_once: int = 0
    """Replies that began while another one was heard."""

    def figures(self) -> list[Figure]:
        """As they are shown."""
        return [
            milliseconds("tools: the bot's own share of a call, instant tool", self.own, p95=40),
            milliseconds("tools: first sound, tool of 3 s", self.first_sounds, max=1600),
            figure("tools: filler and answer at once", "", [self.at_once], max=0),
            milliseconds("tools: voice-to-voice without", self.bare),
            milliseconds("tools: voice-to-voice with 30 and two MCP servers", self.plain),
            milliseconds("tools: added to turns without calls (medians)", self._added(), max=15),
        ]

    def _added(self) -> list[float]:
        return [median(self.plain) - median(self.bare)] if self.plain and self.bare else []


def tool_turns(evidence: Evidence, journal: Path, bare: list[float]) -> ToolTurns:
    """Judge a talk with a bot that has tools; `bare` are the times of one without."""
    sound = [turn for turn in turns(evidence) if not turn.is_disturbed and turn.voice_to_voice is not None]

    def delays(kind: str) -> list[float]:
        return [turn.voice_to_voice for turn in sound if turn.kind == kind and turn.voice_to_voice is not None]

    quick = [number for number, said in enumerate(evidence.said) if said.kind == "quick"]
    own = [share for number in quick if (share := _own(evidence, number)) is not None]
    return ToolTurns(delays("complete"), bare, own, delays("slow"), _at_once(journal))


def _own(evidence: Evidence, number: int) -> float | None:
    said = evidence.said[number]
    requests = evidence.requests(said.start_at, evidence.until_at(number))
    called = [each["ended_at"] for each in requests if each["messages"][-1]["role"] == "user" and each["ended_at"]]
    told = [each["at"] for each in requests if each["messages"][-1]["role"] == "tool"]
    answers = evidence.metrics.latencies if evidence.metrics else ()
    released = [it.asked_at + it.release_delay for it in answers if abs(it.asked_at - said.end_at) < SECOND]
    return told[0] - max(called[-1], released[0]) if called and told and released else None


def _at_once(journal: Path) -> int:
    """Count the replies that began before the one on air had ended."""
    on_air, count = "", 0
    for entry in read_journal(journal):
        match entry.event:
            case events.PlayoutStarted(reply_id=reply_id):
                count += bool(on_air)
                on_air = reply_id
            case events.ReplyEnded(reply_id=reply_id) if reply_id == on_air:
                on_air = ""
    return count
