"""The figures of a conversation, summed up."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.metrics.figures import BargeIn, Counts, Latencies, ToolStep
from pipeline.metrics.waterfall import Waterfall
from pipeline.usage import ServiceUsage


@dataclass(frozen=True, slots=True)
class Summary:
    """Of some seconds."""

    count: int
    median: float
    p95: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Summary | None":
        """Of those that are there; None when none is."""
        there = [value for value in values if value is not None]
        if not there:
            return None
        median, p95 = np.percentile(there, (50, 95))
        return cls(len(there), float(median), float(p95))


_LATENCIES = {
    "transcript_delay": "words final",
    "start_delay": "reply begun",
    "text_delay": "first text",
    "audio_delay": "first audio",
    "endpoint_delay": "turn over",
    "hook_delay": "hook answered",
    "release_delay": "released",
    "voice_to_voice_delay": "voice to voice",
}
_BARGE_INS = {"duck_delay": "duck", "hold_delay": "hold", "cut_delay": "cut", "silence": "false: silent for"}
_TOOL_STEPS = {"results_delay": "results there", "request_delay": "model asked to go on"}


@dataclass(frozen=True, slots=True)
class Metrics:
    """A conversation until now."""

    counts: Counts
    latencies: tuple[Latencies, ...]
    """Of each answer that was put on air."""
    barge_ins: tuple[BargeIn, ...]
    tool_steps: tuple[ToolStep, ...] = ()
    usage: tuple[ServiceUsage, ...] = ()
    """What the providers were used for in the conversations that have ended."""

    @property
    def waterfalls(self) -> tuple[Waterfall, ...]:
        """Of each answer that was put on air: why it took as long as it did."""
        return tuple(map(Waterfall.of, self.latencies))

    @property
    def requests_per_answer(self) -> float | None:
        """Mean requests to the language model that an answer took; None without answers."""
        return sum(answer.requests for answer in self.latencies) / len(self.latencies) if self.latencies else None

    def latency(self, name: str) -> Summary | None:
        """Of one delay of Latencies, by its name; None when it never happened."""
        return Summary.of(getattr(answer, name) for answer in self.latencies)

    def barge_in(self, name: str) -> Summary | None:
        """Of one of the durations of BargeIn, by its name; None when it never happened."""
        return Summary.of(getattr(barge_in, name) for barge_in in self.barge_ins)

    def tool_step(self, name: str) -> Summary | None:
        """Of one of the delays of ToolStep, by its name; None when it never happened."""
        return Summary.of(getattr(step, name) for step in self.tool_steps)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: counts, summaries, and each answer, barge-in and step of tools. Seconds."""
        return {
            "counts": asdict(self.counts),
            "requests_per_answer": self.requests_per_answer,
            "latencies": {name: _as_dict(self.latency(name)) for name in _LATENCIES},
            "barge_ins": {name: _as_dict(self.barge_in(name)) for name in _BARGE_INS},
            "tool_steps": {name: _as_dict(self.tool_step(name)) for name in _TOOL_STEPS},
            "each_answer": [asdict(answer) for answer in self.latencies],
            "each_waterfall": [waterfall.as_dict() for waterfall in self.waterfalls],
            "each_barge_in": [asdict(barge_in) for barge_in in self.barge_ins],
            "each_tool_step": [asdict(step) for step in self.tool_steps],
            "usage": [asdict(usage) for usage in self.usage],
        }

    def lines(self) -> list[str]:
        """For people."""
        counts = self.counts
        false = sum(barge_in.is_false for barge_in in self.barge_ins)
        calls, failed = (sum(getattr(step, name) for step in self.tool_steps) for name in ("calls", "failures"))
        return [
            f"turns {counts.turns} (and {counts.backchannels} backchannels), replies {counts.replies}"
            f" ({counts.replies_cut} cut), failures {counts.failures}",
            f"requests {counts.requests}, drafts used {counts.drafts_used}, discarded {counts.drafts_discarded},"
            f" tokens {counts.prompt_tokens} + {counts.completion_tokens}, characters {counts.characters}",
            *_faults(counts),
            *_summaries(counts),
            *_table("after the person's last word", _LATENCIES, [self.latency(name) for name in _LATENCIES]),
            *_table(f"barge-ins ({false} false)", _BARGE_INS, [self.barge_in(name) for name in _BARGE_INS]),
            *_table(
                f"{calls} calls of tools ({failed} failed)",
                _TOOL_STEPS,
                [self.tool_step(name) for name in _TOOL_STEPS],
            ),
            *(f"used {usage}" for usage in self.usage),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _faults(counts: Counts) -> list[str]:
    lines = []
    if counts.drafts_discarded:
        tokens = f"tokens {counts.wasted_prompt_tokens} + {counts.wasted_completion_tokens}"
        lines.append(f"wasted on drafts: {tokens}, characters {counts.wasted_characters}")
    if counts.retries or counts.failovers or counts.second_requests:
        lines.append(
            f"retries {counts.retries}, failovers {counts.failovers}, second requests {counts.second_requests}"
        )
    if counts.underruns:
        lines.append(f"underruns {counts.underruns}, {counts.underrun_duration:.2f} s")
    if counts.loop_lags:
        lines.append(f"the event loop was late {counts.loop_lags} times, {counts.longest_loop_lag:.2f} s at most")
    return lines


def _summaries(counts: Counts) -> list[str]:
    if not counts.summary_requests:
        return []
    tokens = f"tokens {counts.summary_prompt_tokens} + {counts.summary_completion_tokens}"
    return [f"summaries {counts.summaries} while talking, requests for summaries {counts.summary_requests}, {tokens}"]


def _as_dict(summary: Summary | None) -> dict[str, Any] | None:
    return asdict(summary) if summary else None


def _table(title: str, labels: dict[str, str], summaries: Sequence[Summary | None]) -> list[str]:
    rows = [
        f"  {label:28}{summary.median:8.3f} s{summary.p95:8.3f} s{summary.count:6}"
        for label, summary in zip(labels.values(), summaries, strict=True)
        if summary
    ]
    return [f"{title:30}{'median':>8}  {'p95':>8}  {'of':>4}", *rows] if rows else []
