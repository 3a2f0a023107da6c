"""A test in rooms that fails while the machine stands still is run again: it says nothing of the bot.

What is heard in a room is heard in real time. When the machine, or one of its cores, stands still for longer than what
a microphone has queued, voices are torn and answers come too late, on both sides; a benchmark would call it no result.
A process of its own sees it, so that no fault of ours counts as one of the machine's.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.caller.microphone import QUEUE_MS
from bot.process.child_process import start

ATTEMPTS = 4
"""How often a test is run before its failure counts although the machine stood still each time."""

CALM, PATIENCE = 3.0, 60.0
"""Seconds without a stall to wait for before a test is run again, and how long to wait for them."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The machine, or one of its cores, stood still for `seconds`, until `ended_at` (time.monotonic())."""

    ended_at: float
    seconds: float


class Watch:
    """Watches the machine in a process of its own, until this one ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="stalls-")
        self._notes = Path(self._folder.name, "notes")
        program = Path(__file__).with_name("stall_notes.py")
        with self._notes.open("wb") as output:
            child = start([sys.executable, program, str(QUEUE_MS / 1000)], env=os.environ, output=output.fileno())
        self.pid = child.pid

    def stalls(self) -> list[Stall]:
        """All so far."""
        lines = self._notes.read_text().splitlines(keepends=True)
        return [Stall(*map(float, line.split())) for line in lines if line.endswith("\n")]


class RunAgain:
    """A plugin of pytest, for the tests with the mark `mark`."""

    def __init__(self, mark: str, watch: Callable[[], Watch] = Watch) -> None:
        self._mark = mark
        self._make_watch = watch
        self._watch: Watch | None = None  # made when it is first wanted
        self._began_at = 0.0
        self._attempts: Counter[pytest.Item] = Counter()
        self._told: list[str] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # so that waiting counts for no time limit
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note when a test begins; before one is run again, wait for the machine to be calm."""
        if item.get_closest_marker(self._mark):
            self._watch = self._watch or self._make_watch()
            if self._attempts[item]:
                self._wait_for_calm()
            self._began_at = time.monotonic()
            self._attempts[item] += 1
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn a failure that says nothing into no result, and have the test run next once more."""
        report = yield
        again = not hasattr(item.config, "workerinput") and 0 < self._attempts[item] < ATTEMPTS  # pytest-xdist's worker
        if report.failed and again and (stalls := self._stalls_since(self._began_at)):
            report.outcome = "rerun"  # type: ignore[assignment]  # as pytest-rerunfailures calls it
            longest = ", ".join(f"{1000 * seconds:.0f}" for seconds in sorted(stalls, reverse=True)[:5])
            self._told += [f"{item.nodeid}: the machine stood still for {longest} ms", report.longreprtext]
            items = item.session.items
            if items.count(item) == self._attempts[item]:  # else an earlier phase of this attempt failed, too
                items.insert(items.index(item) + 1, item)  # its loop comes to it next
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        return ("run again", "R", "AGAIN") if report.outcome == "rerun" else None  # type: ignore[comparison-overlap]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """What was run again, and why."""
        if self._told:
            terminalreporter.section("run again")
            for line in self._told:
                terminalreporter.write_line(line)

    def _stalls_since(self, at: float) -> list[float]:
        """Seconds of each."""
        return [stall.seconds for stall in self._watch.stalls() if stall.ended_at > at] if self._watch else []

    def _wait_for_calm(self) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < give_up_at and self._stalls_since(now - CALM):
            time.sleep(0.1)
