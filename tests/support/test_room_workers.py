"""Workers of tests in rooms: one that dies costs its test only, and none lives for ever."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from tests.support.room_workers import RoomWorkers

def pytest_configure(config):
    config.pluginmanager.register(RoomWorkers(life={life}))
"""

DEATHS = """
import os, signal, sys
import pytest

def test_before(): pass

def test_panic():
    print("FFI Panic: assertion `left == right` failed", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

def test_native():
    os.write(2, b"thread panicked at src/audio.rs:42\\n")
    os.abort()

def test_silent(): os._exit(3)

@pytest.mark.parametrize("number", range(4))
def test_after(number): pass
"""

BETWEEN = """
import os

class Dies:
    def pytest_sessionfinish(self):
        os.write(2, b"freed twice")
        os.abort()

def test_it(request): request.config.pluginmanager.register(Dies())
"""

LIVES = """
import os, psutil, pytest, time

@pytest.mark.parametrize("number", range(7))
def test_it(number):
    print("ran", number, "in", os.getpid())
    if number == 6:
        run = psutil.Process().parent()
        while len([child for child in run.children() if child.status() != psutil.STATUS_ZOMBIE]) > {workers}:
            time.sleep(0.1)  # for ever, if those before do not end
"""


def ran(folder: Path, tests: str, *options: str, life: int | None = None) -> str:
    """What pytest prints of these tests."""
    (folder / "conftest.py").write_text(CONFTEST.format(life=life))
    (folder / "test_it.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *options]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True)
    return f"{done.stdout}\nstatus {done.returncode}"


@pytest.mark.platform("linux", "darwin", reason="where a signal ends a process")
@pytest.mark.parametrize("life", [None, 5])
def test_a_death_is_the_failure_of_its_test_with_its_last_words(tmp_path: Path, life: int | None) -> None:
    printed = ran(tmp_path, DEATHS, "-n1", life=life)
    assert "3 failed, 5 passed" in printed
    panic = "running 'test_it.py::test_panic'. It was ended by SIGTERM, and wrote last:\nFFI Panic: assertion `left"
    assert panic in printed
    assert "running 'test_it.py::test_native'. It was ended by SIGABRT, and wrote last:\nthread panicked" in printed
    assert "running 'test_it.py::test_silent'. It exited with 3 without a word." in printed
    assert re.search(r"Fatal Python error: Aborted.*test_it.py\", line \d+ in test_native", printed, re.S)


@pytest.mark.platform("linux", "darwin", reason="where a signal ends a process")
def test_a_death_between_tests_fails_the_run(tmp_path: Path) -> None:
    printed = ran(tmp_path, BETWEEN, "-n1")
    assert "1 passed" in printed
    assert "workers that died between tests" in printed
    assert "was ended by SIGABRT" in printed
    assert "status 1" in printed


@pytest.mark.parametrize(("workers", "processes"), [(1, 3), (2, 3)])
def test_a_worker_runs_so_many_tests_and_is_replaced(tmp_path: Path, workers: int, processes: int) -> None:
    printed = ran(tmp_path, LIVES.replace("{workers}", str(workers)), f"-n{workers}", "-rP", "--timeout=20", life=3)
    assert "7 passed" in printed
    lives = re.findall(r"ran \d in (\d+)", printed)
    assert len(lives) == 7
    assert len(set(lives)) >= processes
    assert max(map(lives.count, lives)) <= 3
