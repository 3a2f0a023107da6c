"""Every metric of the bots' work: its name, what it counts and by which labels.

Names are as Prometheus wants them: base units (seconds, not milliseconds), `_total` behind a counter. No label takes
values from outside: there are no rooms, identities or names of tools.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

DELAYS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds, finest where a conversation is felt to be quick or slow."""

LONG = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)
"""Seconds of what may take its time, such as a tool."""

CALLS = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)
"""Seconds of a conversation."""

PREFIX = "rawbot_"

SERVICE = ("stage", "provider", "model")
"""`stage` is stt, llm or tts; the others are as the operator has chosen them."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric. A counter's name is shown with `_total` behind it."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    combine: Literal["sum", "max"] = "sum"
    """What a gauge of several bots is."""

    @property
    def shown_name(self) -> str:
        """The name as Prometheus has it."""
        return PREFIX + self.name + ("_total" if self.kind == "counter" else "")


METRICS: tuple[MetricRow, ...] = (
    MetricRow("calls_active", "gauge", "Conversations that go on."),
    MetricRow("calls", "counter", "Conversations that have begun."),
    MetricRow("call_duration_seconds", "histogram", "How long a conversation took.", buckets=CALLS),
    MetricRow("turns", "counter", "Turns of people, committed.", ("kind",)),
    MetricRow("replies", "counter", "Replies that were put on air, by how they ended: whole, cut, broken.", ("end",)),
    MetricRow("drafts", "counter", "Replies begun before the turn was over: used, or discarded unheard.", ("end",)),
    MetricRow(
        "barge_ins",
        "counter",
        "Speech into a reply: it was cut, only ducked, or silent for nothing (false).",
        ("result",),
    ),
    MetricRow("voice_to_voice_seconds", "histogram", "Last word of the person to first sample.", buckets=DELAYS),
    MetricRow("endpointing_seconds", "histogram", "Last word to the turn being taken as over.", buckets=DELAYS),
    MetricRow("transcript_seconds", "histogram", "Last word to its final transcript.", buckets=DELAYS),
    MetricRow("answer_text_seconds", "histogram", "Last word to the answer's first text.", buckets=DELAYS),
    MetricRow("answer_audio_seconds", "histogram", "Last word to the answer's first audio.", buckets=DELAYS),
    MetricRow("waited_seconds", "histogram", "What an answer waited for, by stage.", ("stage",), DELAYS),
    MetricRow("barge_in_cut_seconds", "histogram", "Start of speech to the reply being cut.", buckets=DELAYS),
    MetricRow("false_barge_in_seconds", "histogram", "Silence of a reply that then went on.", buckets=DELAYS),
    MetricRow("first_token_seconds", "histogram", "Request to first part, by the model.", SERVICE[1:], DELAYS),
    MetricRow("first_audio_seconds", "histogram", "First text to first audio, by the voice.", SERVICE[1:], DELAYS),
    MetricRow("provider_requests", "counter", "Requests to providers: ok, error, called_off.", (*SERVICE, "result")),
    MetricRow("provider_errors", "counter", "Requests that failed, by the kind of failure.", ("stage", "kind")),
    MetricRow("request_repeats", "counter", "Requests made again: retry, failover, second.", ("stage", "how")),
    MetricRow("audio_seconds", "counter", "Audio to the transcriber, and from the voice.", SERVICE),
    MetricRow("llm_tokens", "counter", "Tokens: prompt, of them cached, and completion.", (*SERVICE[1:], "kind")),
    MetricRow("tts_characters", "counter", "Characters given to the voice.", SERVICE[1:]),
    MetricRow("wasted_tokens", "counter", "Tokens of drafts that nobody heard: prompt, completion.", ("kind",)),
    MetricRow("wasted_characters", "counter", "Characters of such drafts."),
    MetricRow("cost", "counter", "What the price file makes of all that.", (*SERVICE, "currency")),
    MetricRow("unpriced_uses", "counter", "Uses of a service without a price: their cost is not in it.", SERVICE),
    MetricRow("tool_calls", "counter", "Calls of tools: ok, error, cancelled.", ("result",)),
    MetricRow("tool_call_seconds", "histogram", "How long a call of a tool took.", buckets=LONG),
    MetricRow("failures", "counter", "What went wrong in calls, by what it was.", ("kind",)),
    MetricRow("underruns", "counter", "Times that a reply on air was silent as its audio came too late."),
    MetricRow("underrun_seconds", "counter", "How long, together."),
    MetricRow("loop_lags", "counter", "Times that the event loop came 50 ms late or more."),
    MetricRow("loop_lag_longest_seconds", "gauge", "The longest of them, of the bots that run.", combine="max"),
    MetricRow("hand_overs", "counter", "Hand-overs from one agent to another."),
)
"""In the order in which they are shown."""

BY_NAME = {row.name: row for row in METRICS}
