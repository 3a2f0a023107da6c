"""What the bots of a job's process count, reported to the worker, which adds it up."""

import math
from collections import deque
from collections.abc import Callable

from bot.telemetry.price_list import Prices
from bot.telemetry.telemetry import Telemetry
from bot.telemetry.usage_meter import UsageMeter
from bot.worker.reports import Report, count_reports
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.metrics import Meter
from pipeline.session import Session
from pipeline.turn.state import State

REPORT_INTERVAL = 5.0
"""Seconds: a third of what Prometheus waits between two looks, and what a process that crashes takes along."""


class JobTelemetry(Telemetry):
    """Reports as the conversation goes on: a session has a step with each window of audio."""

    def __init__(self, send: Callable[[Report], bool]) -> None:
        """`send` returns whether the report is on its way; it never waits. What is not sent is sent later."""
        super().__init__()
        self._send = send
        self._waiting = deque[Report]()
        self._due_at = -math.inf

    def watch(self, session: Session, meter: Meter, usage: UsageMeter, prices: Prices | None) -> Callable[[], None]:
        """Count the calls of a session, and report them while it goes on."""
        finish = super().watch(session, meter, usage, prices)
        session.add_observer(self._observe)
        return finish

    def report(self) -> None:
        """Report what was counted since the last time."""
        self._waiting = self._waiting or deque(count_reports(self.take()))
        while self._waiting and self._send(self._waiting[0]):
            self._waiting.popleft()

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if event.at >= self._due_at:
            self._due_at = event.at + REPORT_INTERVAL
            self.report()
