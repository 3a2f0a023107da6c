"""Child processes that never outlive the process that started them. Standard library only."""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

# Run by an interpreter of its own, which then becomes the program: code in a forked child (`preexec_fn`) may deadlock
# where native threads hold locks. 1 is PR_SET_PDEATHSIG and 9 SIGKILL; the parent may be gone before the call.
_DIE_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""

# Stays beside the program, as what that has started would outlive it: the kernel asks this one to end (15 is SIGTERM),
# and it ends the group, itself included. What has a group of its own is beyond it.
_GROUP_DIES_WITH_PARENT = """
import ctypes, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
program = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
for end in (0, 1):
    os.close(end)
code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
"""


class _Starter(Thread):
    """Starts all children: Linux sends the death signal when the thread that forked ends, and this one lasts.

    It is a daemon: an interpreter that is interrupted while it starts the thread must not wait for it at its end.
    """

    def __init__(self) -> None:
        super().__init__(name="start-child", daemon=True)
        self._asked: SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]]
        self._asked = SimpleQueue()

    def run(self) -> None:
        while True:
            popen, started = self._asked.get()
            try:
                started.set_result(popen())
            except Exception as error:  # noqa: BLE001 - it is the error of whoever asked
                started.set_exception(error)

    def start_child(self, popen: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        started = Future[subprocess.Popen[bytes]]()
        self._asked.put((popen, started))
        return started.result()


@cache
def _starter() -> _Starter:
    starter = _Starter()
    starter.start()
    return starter


def dying_with_parent(command: Sequence[str | Path]) -> list[str]:
    """Return `command` (its first word a path) so that the kernel kills it with the thread that starts it, on Linux."""
    return _run_by(_DIE_WITH_PARENT, command)


def group_dying_with_parent(command: Sequence[str | Path]) -> list[str]:
    """Do the same for all that the command starts, too; it has to be started in a process group of its own.

    Costs a second process. For programs that are mostly started by another one, as with npx or uvx.
    """
    return _run_by(_GROUP_DIES_WITH_PARENT, command)


def _run_by(script: str, command: Sequence[str | Path]) -> list[str]:
    words = [str(word) for word in command]
    if sys.platform == "linux":
        return [sys.executable, "-I", "-S", "-c", script, str(os.getpid()), *words]
    return words


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    errors: int | None = subprocess.STDOUT,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` (its first word a path) with stdout going to `output`, and stderr too unless `errors` differs.

    `errors` None is this process's stderr.

    It is killed when this process ends: by the kernel on Linux, however this process ends; elsewhere at a normal exit.
    Ctrl-C in the terminal is for this process, which then ends the child: the child has a process group of its own.
    """
    words = dying_with_parent(command)

    def popen() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            words, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, process_group=0
        )

    child = _starter().start_child(popen)
    atexit.register(kill, child)
    return child


def kill(child: subprocess.Popen[bytes]) -> None:
    """End `child` at once, if it still runs, and its own children with it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
