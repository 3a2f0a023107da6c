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

from bot.process.child_process import kill, start

ATTEMPTS = 4
"""How often a test is run before its failure counts although the machine stood still each time."""

CALM, PATIENCE = 3.0, 60.0
"""Seconds without a stall to wait for before a test is run again, and how long to wait for them."""

STALLS = "stalls"
"""The section of a report that says how the machine stood still."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The machine, or one of its cores, stood still for `seconds`, until `ended_at` (time.monotonic())."""

    ended_at: float
    seconds: float


class Watch:
    """Watches the machine in a process of its own, until it is closed."""

    def __init__(self) -> None:
        from bot.caller.microphone import QUEUE_MS  # not earlier: most runs of pytest need no client of LiveKit

        self._folder = tempfile.TemporaryDirectory(prefix="stalls-")
        self._notes = Path(self._folder.name, "notes")
        program = Path(__file__).with_name("stall_notes.py")
        with self._notes.open("wb") as output:
            self._child = start([sys.executable, program, str(QUEUE_MS / 1000)], env=os.environ, output=output.fileno())
        self.pid = self._child.pid

    def stalls(self) -> list[Stall]:
        """All so far."""
        lines = self._notes.read_text().splitlines(keepends=True)
        return [Stall(*map(float, line.split())) for line in lines if line.endswith("\n")]

    def close(self) -> None:
        kill(self._child)
        self._folder.cleanup()


class RunAgain:
    """A plugin of pytest, for the tests with the mark `mark`; also in pytest-xdist's workers."""

    def __init__(self, mark: str, watch: Callable[[], Watch] = Watch) -> None:
        self._mark = mark
        self._make_watch = watch
        self._watch: Watch | None = None  # made when it is first wanted
        self._began_at = 0.0
        self._attempts: Counter[pytest.Item] = Counter()
        self._again = False
        self._shown: list[pytest.TestReport] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # so that waiting counts for no time limit
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Note when an attempt begins; when it says nothing, wait for the machine to be calm and make another."""
        if not item.get_closest_marker(self._mark):
            return (yield)
        self._watch = self._watch or self._make_watch()
        self._again = False
        self._began_at = time.monotonic()
        self._attempts[item] += 1
        result = yield
        if self._again:
            self._wait_for_calm()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn a failure that says nothing into no result, and have the test run once more."""
        report = yield
        may = 0 < self._attempts[item] < ATTEMPTS
        if report.failed and may and (stalls := self._stalls_since(self._began_at)):
            self._again = True
            report.outcome = "rerun"  # type: ignore[assignment]  # as pytest-rerunfailures calls it
            longest = ", ".join(f"{1000 * seconds:.0f}" for seconds in sorted(stalls, reverse=True)[:5])
            report.sections.append((STALLS, f"{item.nodeid}: the machine stood still for {longest} ms"))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if _is_rerun(report):
            self._shown.append(report)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        return ("run again", "R", "AGAIN") if _is_rerun(report) else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was run again, and why."""
        if self._shown:
            terminalreporter.section("run again")
            for report in self._shown:
                terminalreporter.write_line(dict(report.sections)[STALLS])
                terminalreporter.write_line(report.longreprtext)

    def pytest_unconfigure(self) -> None:
        if self._watch:
            self._watch.close()

    def _stalls_since(self, at: float) -> list[float]:
        """Seconds of each."""
        return [stall.seconds for stall in self._watch.stalls() if stall.ended_at > at] if self._watch else []

    def _wait_for_calm(self) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < give_up_at and self._stalls_since(now - CALM):
            time.sleep(0.1)


def _is_rerun(report: pytest.TestReport) -> bool:
    return report.outcome == "rerun"  # type: ignore[comparison-overlap]
