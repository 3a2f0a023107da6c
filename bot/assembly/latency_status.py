"""Reports to frontends how long the last answer took, and its parts, by an attribute."""

import json
from collections.abc import Callable
from dataclasses import asdict

from pipeline.commands import Command, ConversationEnded
from pipeline.events import Event, PlayoutStarted
from pipeline.metrics import Latencies, Meter, Waterfall
from pipeline.turn.state import State

LATENCY_ATTRIBUTE = "rawbot.latency"
"""The bot's attribute with the latencies of the last answer that was heard, as JSON; empty before the first one."""


class LatencyReporter:
    """An observer of a session, behind `meter`, which measures it."""

    def __init__(self, show: Callable[[dict[str, str]], None], meter: Meter) -> None:
        self._show, self._meter = show, meter
        self._shown = ""  # id of the last answer that was shown

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if any(isinstance(command, ConversationEnded) for command in commands):
            self._show({LATENCY_ATTRIBUTE: ""})
        if not isinstance(event, PlayoutStarted):
            return
        last = self._meter.last_answer
        if last is not None and last.reply_id != self._shown and last.voice_to_voice_delay is not None:
            self._shown = last.reply_id
            self._show({LATENCY_ATTRIBUTE: latency_text(last)})


_LEFT_OUT = {"asked_at", "retries", "failovers", "second_requests"}
"""An instant of the bot's own clock, and what is the operator's to know."""


def latency_text(latencies: Latencies) -> str:
    """Return the attribute's value: the fields of `Latencies` and its `Waterfall`, seconds to the millisecond."""
    values = {name: value for name, value in asdict(latencies).items() if name not in _LEFT_OUT and value is not None}
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
    waterfall = Waterfall.of(latencies)
    shown = {
        "hidden_delay": round(waterfall.hidden, 3),
        "spans": [[span.name, round(span.start, 3), round(span.end, 3)] for span in waterfall.spans],
        "waited": [[span.name, round(span.end, 3)] for span in waterfall.waited],
    }
    return json.dumps(rounded | shown, separators=(",", ":"))
