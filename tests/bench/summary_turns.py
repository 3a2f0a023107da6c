"""What it costs the turns of a conversation that its older part is summarized meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.evidence import Evidence
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.turns import Turn, turns


@dataclass(frozen=True)
class SummaryTurns:
    """What was measured. Seconds."""

    bare: Sequence[float]
    """Voice-to-voice of turns without summaries..."""
    plain: Sequence[float]
    """...and of those of a conversation with many."""
    made: int
    """Summaries."""

    def figures(self) -> list[Figure]:
        """As they are shown."""
        return [
            figure("summaries: made", "", [self.made]),
            milliseconds("summaries: voice-to-voice without", self.bare),
            milliseconds("summaries: voice-to-voice with", self.plain),
            milliseconds("summaries: added to turns (medians)", self._added(), max=10),
        ]

    def _added(self) -> list[float]:
        return [median(self.plain) - median(self.bare)] if self.plain and self.bare and self.made else []


def summary_turns(evidence: Evidence, bare: Sequence[float]) -> SummaryTurns:
    """Judge a talk with a bot that summarizes; `bare` are the times of one that does not."""
    made = evidence.metrics.counts.summaries if evidence.metrics else 0
    return SummaryTurns(bare, plain_delays(turns(evidence)), made)


def plain_delays(all_turns: Sequence[Turn]) -> list[float]:
    """Return voice-to-voice of the turns on complete sentences that nothing disturbed."""
    sound = (turn for turn in all_turns if turn.kind == "complete" and not turn.is_disturbed)
    return [turn.voice_to_voice for turn in sound if turn.voice_to_voice is not None]
