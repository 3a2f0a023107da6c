"""Workers of pytest-xdist for tests in rooms: they live for a number of tests, and their last words are kept.

The native client of LiveKit ends its process with SIGTERM when it panics. In a worker that costs the test that was
running, and no other: pytest-xdist reports it as that test's failure and starts a fresh worker. This plugin adds the
signal and what the worker wrote to stderr. It also ends a worker after some tests, so that no test depends on what
hundreds before it have left in the process.
"""

import faulthandler
import os
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController

LIFE = 25
"""Tests that a worker runs before a fresh one takes its place: 2 to 4 s of collecting, for one to three minutes."""

LAST_WORDS = 20_000
"""Bytes of a dead worker's stderr that are shown."""


class RoomWorkers:
    """A plugin of pytest that does nothing unless pytest-xdist is in use; `life` is in tests, None for ever."""

    def __init__(self, life: int | None) -> None:
        self._life = life
        self._folder = tempfile.TemporaryDirectory(prefix="workers-")
        self._scheduler: Scheduler | None = None
        self._died_between_tests: list[str] = []

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """In a worker: write what is captured of stderr to the file that the controller reads after a death.

        pytest captures into a file without a name, which is gone with its process.
        """
        config = session.config
        capture: Any = config.pluginmanager.getplugin("capturemanager")
        if not (path := getattr(config, "workerinput", {}).get("stderr")) or config.option.capture != "fd":
            return
        with open(path, "wb+") as named, capture.global_and_fixture_disabled():
            captured = capture._global_capturing.err.tmpfile
            os.dup2(named.fileno(), captured.fileno(), inheritable=False)
        faulthandler.enable(captured.fileno())  # what pytest has enabled writes to the terminal

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Name the file for a new worker's stderr."""
        node.workerinput["stderr"] = str(self._stderr(node))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> "Scheduler | None":
        if self._life and config.option.dist == "load":
            self._scheduler = Scheduler(config, log, self._life)
        return self._scheduler

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object | None) -> None:
        """Replace a worker at the end of its life; note one that has died where no test can be blamed."""
        session: Any = node.config.pluginmanager.getplugin("dsession")
        scheduler = session.sched
        if error is None:
            node.ensure_teardown()  # else the process stays until all tests are over
            if self._scheduler and self._scheduler.pending and not session.shouldstop:
                session._clone_node(node)
        elif not getattr(scheduler, "node2pending", {}).get(node):
            self._died_between_tests.append(f"Worker {node.gateway.id} {self._death(node)}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, report: pytest.TestReport) -> None:
        """Say in a dead worker's report how it ended, and what it wrote last."""
        report.longrepr = f"{report.longrepr}. It {self._death(report.node)}"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._died_between_tests:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._died_between_tests:
            terminalreporter.section("workers that died between tests")
            for death in self._died_between_tests:
                terminalreporter.write_line(death)

    def pytest_unconfigure(self) -> None:
        self._folder.cleanup()

    def _stderr(self, node: WorkerController) -> Path:
        return Path(self._folder.name, node.gateway.id)

    def _death(self, node: WorkerController) -> str:
        stderr = self._stderr(node)
        written = stderr.read_bytes()[-LAST_WORDS:].decode(errors="replace") if stderr.exists() else ""
        return f"{_ended(node)}, and wrote last:\n{written}" if written.strip() else f"{_ended(node)} without a word."


class Scheduler(LoadScheduling):  # type: ignore[misc]  # xdist has no stubs
    """Hands tests out one at a time, in order, and ends each worker after `life` of them."""

    def __init__(self, config: pytest.Config, log: Any, life: int) -> None:
        super().__init__(config, log)
        self._life = life
        self._given: Counter[WorkerController] = Counter()
        self.collection: list[str] | None

    def schedule(self) -> None:
        """Begin, or go on with a worker that has come later."""
        if self.collection is None:
            if not self._check_nodes_have_same_collection():
                return
            self.collection = next(iter(self.node2collection.values()))
            self.pending[:] = range(len(self.collection or ()))
        for node in self.nodes:
            self.check_schedule(node)

    def check_schedule(self, node: WorkerController, duration: float = 0) -> None:
        """Keep two tests with a worker: it begins one only when it knows which is next, or that none is."""
        while not node.shutting_down and node in self.node2collection:
            if not self.pending or self._given[node] >= self._life:
                node.shutdown()
            elif len(self.node2pending[node]) < 2:
                self._given[node] += 1
                self._send_tests(node, 1)
            else:
                return


def _ended(node: WorkerController) -> str:
    process = getattr(node.gateway._io, "popen", None)
    if not isinstance(process, subprocess.Popen):
        return "ended"
    try:
        status = process.wait(5)
    except subprocess.TimeoutExpired:
        return "no longer answers"
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"exited with {status}"
