"""A job's process without a bot: says what one says, and does what the job's metadata ask for.

`crash` ends it by a signal once it is in, `crash once` only the first, `refuse` with an exit code, `fail` with a
reason, `stay` has it ignore the request to end, `leave` ends it as the end of a room does. `babble` has it say what is
no report, `count` that it has counted a call that goes on, `orphan FILE` start a process of its own, whose number it
writes into the file, and crash.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.process.exit_codes import ExitCode
from bot.telemetry.totals import Totals
from bot.worker.reports import Report, count_reports


def report(what: str, error: str = "") -> None:
    print(Report(what, error).to_line(), end="", flush=True)


def main() -> ExitCode:
    report("ready")
    line = sys.stdin.readline()
    if not line:
        return ExitCode.OK
    job = json.loads(line)
    todo = job["metadata"]
    if todo == "refuse":
        return ExitCode.PROVIDER
    if todo == "fail":
        report("failed", "there is no such tool")
        return ExitCode.BUG
    report("joined")
    if todo == "babble":
        print("x" * 100_000, flush=True)
    if todo == "count":
        counts = Totals()
        counts.add("calls")
        counts.set("calls_active", 1)
        for counted in count_reports(counts.take()):
            print(counted.to_line(), end="", flush=True)
    if todo.startswith("orphan "):
        orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout=subprocess.DEVNULL)
        Path(todo.removeprefix("orphan ")).write_text(str(orphan.pid))
        os.kill(os.getpid(), signal.SIGKILL)
    if todo == "crash" or (todo == "crash once" and job["attempt"] == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if todo == "leave":
        return ExitCode.OK
    sys.stdin.read()
    while todo == "stay":
        time.sleep(60)
    return ExitCode.OK


if __name__ == "__main__":
    raise SystemExit(main())
