"""The tests' own second attempt: given where the machine stood still, and nowhere else."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.stalls import ATTEMPTS, Watch
from tests.support.waiting import wait_until

CONFTEST = """
import time
from tests.support import stalls
from tests.support.stalls import RunAgain, Stall

class Seen:
    def stalls(self):
        return [Stall(time.monotonic() + {ends}, 0.2)]

    def close(self):
        pass

stalls.PATIENCE = 0.0

def pytest_configure(config):
    config.addinivalue_line("markers", "room: in real time")
    config.pluginmanager.register(RunAgain("room", Seen))
"""

TESTS = """
import pytest

made = []

@pytest.fixture
def room():
    made.append("room")
    yield
    made.append("left")

@pytest.mark.room
def test_in_a_room(room):
    assert made.count("room") > {failures}, "not heard"

def test_after_it():
    print(*made)
"""


def ran(folder: Path, *options: str, failures: int, ends: float) -> str:
    """What pytest prints of a test that fails so often, with a stall that ends so many seconds from now."""
    (folder / "conftest.py").write_text(CONFTEST.format(ends=ends))
    (folder / "test_it.py").write_text(TESTS.format(failures=failures))
    command = [sys.executable, "-m", "pytest", "-rP", "-p", "no:cacheprovider", "--rootdir", str(folder), *options]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True).stdout


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_a_failure_while_the_machine_stood_still_is_run_again_and_told(tmp_path: Path, processes: str) -> None:
    printed = ran(tmp_path, processes, failures=1, ends=1e6)
    assert "2 passed, 1 run again" in printed
    assert "test_in_a_room: the machine stood still for 200 ms" in printed
    assert "not heard" in printed
    assert "room left room left" in printed


def test_one_that_fails_each_time_fails(tmp_path: Path) -> None:
    printed = ran(tmp_path, failures=99, ends=1e6)
    assert f"1 failed, 1 passed, {ATTEMPTS - 1} run again" in printed
    assert " ".join(ATTEMPTS * ["room left"]) in printed


def test_a_failure_on_a_machine_that_ran_counts_at_once(tmp_path: Path) -> None:
    printed = ran(tmp_path, failures=1, ends=-1)
    assert "1 failed, 1 passed" in printed
    assert "stood still" not in printed


@pytest.mark.platform("linux", "darwin", reason="where a process can be stopped")
def test_a_machine_that_stands_still_is_seen() -> None:
    with closing(Watch()) as watch:
        is_seen(watch)


def is_seen(watch: Watch) -> None:
    """Stop it until it tells of that: it may take a while to begin its watch."""

    def stopped() -> bool:
        os.kill(watch.pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(watch.pid, signal.SIGCONT)
        time.sleep(0.1)
        return any(stall.seconds > 0.2 for stall in watch.stalls())

    wait_until(stopped)
