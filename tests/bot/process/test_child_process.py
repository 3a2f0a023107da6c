"""Starting children: what an interruption in the middle of it leaves."""

import subprocess
import sys

import pytest

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


@pytest.mark.timeout(60)
def test_an_interruption_does_not_keep_the_process_from_ending() -> None:
    program = [sys.executable, "-c", INTERRUPTED_WHILE_THE_THREAD_STARTS]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.stdout.split(), ended.returncode) == (["interrupted", "started"], 0), ended.stderr
