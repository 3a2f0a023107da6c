"""What is measured, and how it is summed up. All times are seconds as the bot sees them, without the transport's."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """One answer. All delays count from `asked_at`; None for what did not happen, negative for what came before it."""

    reply_id: str
    asked_at: float
    """Loop time: the end of the person's last word, or of their typing."""
    transcript_delay: float | None
    """Until the last final transcript; None when an interim had to do."""
    start_delay: float
    """Until the reply was begun, as a draft or not."""
    text_delay: float | None
    """Until the language model's first text."""
    audio_delay: float | None
    """Until the first audio was ready."""
    endpoint_delay: float
    """Until the turn was taken to be over."""
    hook_delay: float | None = None
    """Until the hook of the turn had answered, or was given up; None when none was run for it."""
    release_delay: float
    """Until the reply was put on air: the latest of the three before."""
    voice_to_voice_delay: float | None = None
    """Until its first sample left; None when it was cut before. Of an answer that begins with a silent call of a tool,
    until the first sample of what follows."""
    requests: int
    """To the language model for this turn: 1, and one for each draft or failed reply before."""
    is_draft: bool
    """The answer was begun before the turn was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """Speech into a reply. Delays count from the start of the speech; None for what did not happen."""

    reply_id: str
    began_at: float
    """Loop time."""
    duck_delay: float | None = None
    hold_delay: float | None = None
    cut_delay: float | None = None
    silence: float | None = None
    """From the hold until the reply went on: the cost of a false barge-in."""

    @property
    def is_false(self) -> bool:
        """The reply fell silent for nothing."""
        return self.silence is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStep:
    """The calls of tools that one reply asked for."""

    reply_id: str
    began_at: float
    """Loop time."""
    calls: int = 0
    """That are over."""
    failures: int = 0
    results_delay: float | None = None
    """Until the last result was in the history, behind what was being said."""
    request_delay: float | None = None
    """From then until the language model was asked to go on: what the bot itself adds, unless the person spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often."""

    turns: int = 0
    """Of the person, committed, apart from backchannels."""
    backchannels: int = 0
    replies: int = 0
    """Put on air: answers, greetings and texts that were asked for."""
    replies_cut: int = 0
    requests: int = 0
    """To the language model: for answers and a greeting."""
    drafts_used: int = 0
    drafts_discarded: int = 0
    """Replies to a turn that were begun and not put on air, failures apart."""
    failures: int = 0
    """Replies that failed before or during playout."""
    transcriber_losses: int = 0
    silent_microphones: int = 0
    """Times that a microphone that was on gave nothing but zeros."""
    stuck_replies: int = 0
    """Replies on air that were ended because nothing of them was played any more."""
    unanswered_turns: int = 0
    """Turns for which nothing was done, and that were then answered all the same."""
    unheard_people: int = 0
    """Times that the bot has said that no sound comes from the person."""
    hand_overs: int = 0
    """From one agent to another."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    summaries: int = 0
    """Made of the older part of a conversation."""
    summary_requests: int = 0
    """To a language model for summaries, with those that failed or were called off; none of `requests`..."""
    summary_prompt_tokens: int = 0
    summary_completion_tokens: int = 0
    """...and their tokens, which are none of those above."""
    words_heard: int = 0
    """Of all replies..."""
    cut_words_heard: int = 0
    """...and of those that were cut."""


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
            "each_barge_in": [asdict(barge_in) for barge_in in self.barge_ins],
            "each_tool_step": [asdict(step) for step in self.tool_steps],
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
            f" tokens {counts.prompt_tokens} + {counts.completion_tokens}",
            *_summaries(counts),
            *_table("after the person's last word", _LATENCIES, [self.latency(name) for name in _LATENCIES]),
            *_table(f"barge-ins ({false} false)", _BARGE_INS, [self.barge_in(name) for name in _BARGE_INS]),
            *_table(
                f"{calls} calls of tools ({failed} failed)",
                _TOOL_STEPS,
                [self.tool_step(name) for name in _TOOL_STEPS],
            ),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


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
