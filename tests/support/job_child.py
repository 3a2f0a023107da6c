"""A job's process without a bot: says what one says, and does what the job's metadata ask for.

`crash` ends it by a signal once it is in, `crash once` only the first, `refuse` with an exit code, `fail` with a
reason, `stay` has it ignore the request to end, `leave` ends it as the end of a room does.
"""

import json
import os
import signal
import sys
import time

from bot.process.exit_codes import ExitCode
from bot.worker.reports import Report


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
