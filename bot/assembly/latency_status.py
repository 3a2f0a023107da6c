"""Reports to frontends how long the last answer took, and its parts, by an attribute."""

import json
from collections.abc import Callable
from dataclasses import asdict

from pipeline.commands import Command, ConversationEnded
from pipeline.events import AudioSeen, Event
from pipeline.metrics.answers import Answers
from pipeline.metrics.figures import Latencies
from pipeline.turn.state import State

LATENCY_ATTRIBUTE = "rawbot.latency"
"""The bot's attribute with the latencies of the last answer that was heard, as JSON; empty before the first one."""


class LatencyReporter:
    """An observer of a session."""

    def __init__(self, set_attributes: Callable[[dict[str, str]], None]) -> None:
        self._set_attributes = set_attributes
        self._answers = Answers()
        self._shown = ""

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, AudioSeen) and not commands:
            return
        self._answers.add(event, commands)
        if any(isinstance(command, ConversationEnded) for command in commands):
            self._answers = Answers()
            self._show("")
        elif self._answers.latencies and self._answers.latencies[-1].voice_to_voice_delay is not None:
            self._show(latency_text(self._answers.latencies[-1]))

    def _show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._set_attributes({LATENCY_ATTRIBUTE: text})


def latency_text(latencies: Latencies) -> str:
    """Return the attribute's value: the fields of `Latencies` but the instant, seconds to the millisecond."""
    values = {name: value for name, value in asdict(latencies).items() if name != "asked_at" and value is not None}
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
    return json.dumps(rounded, separators=(",", ":"))
