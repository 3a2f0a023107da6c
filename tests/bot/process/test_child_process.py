"""Starting children: what an interruption in the middle of it leaves."""

import os
import signal
import subprocess
import sys

from bot.process.child_process import kill, start
from tests.support.waiting import WAIT_LIMIT

INTERRUPTED_WHILE_THE_THREAD_STARTS = """
import subprocess, sys, threading
from bot.process.child_process import start

begin = threading.Thread.start

def interrupted(thread):
    begin(thread)
    threading.Thread.start = begin
    raise KeyboardInterrupt

threading.Thread.start = interrupted
for attempt in range(2):
    try:
        child = start([sys.executable, "-c", "print('started')"], env={}, output=sys.stdout.fileno())
        child.wait()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_an_interruption_does_not_keep_the_process_from_ending() -> None:
    program = [sys.executable, "-c", INTERRUPTED_WHILE_THE_THREAD_STARTS]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=WAIT_LIMIT, check=False)
    assert (ended.stdout.split(), ended.returncode) == (["interrupted", "started"], 0), ended.stderr


def test_ctrl_c_in_the_terminal_is_for_the_parent_alone() -> None:
    child = start([sys.executable, "-c", "import time; time.sleep(60)"], env={}, output=subprocess.DEVNULL)
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgrp()
    finally:
        kill(child)
    assert child.returncode == -signal.SIGKILL


def test_what_the_child_has_started_ends_with_it() -> None:
    reading, writing = os.pipe()
    child = start(["/bin/sh", "-c", "sleep 60 & echo started; wait"], env={"PATH": os.defpath}, output=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        try:
            assert pipe.readline() == b"started\n"
        finally:
            kill(child)
        assert pipe.read() == b"", "nobody holds the other end any more"
