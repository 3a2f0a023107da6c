"""The child's program, `python -m bot.worker.job_process` and the bot's flags: loads a bot, and serves one job.

The job comes on stdin, as a line of JSON, as does the request to end: the end of the stream, which the worker's own
death causes, too. Reports go to stdout; the log goes to stderr, each line behind the job's id.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from threading import Thread
from typing import IO, TYPE_CHECKING

from bot.process.exit_codes import ExitCode
from bot.process.standard_streams import reserve_stdin, reserve_stdout, stdout

if TYPE_CHECKING:
    from bot.process.signals import LeaveRequests
    from bot.settings.settings import Settings
    from bot.voicebot import VoiceBot
    from bot.worker.job import Job
    from pipeline.messages import Message
    from vad.protocol import VoiceActivityDetector


def main(argv: Sequence[str]) -> ExitCode:
    """Serve one job; return the exit code, with which the process then has to end by `os._exit`."""
    reserve_stdout()
    orders = reserve_stdin()
    from bot.process.signals import LeaveRequests, end_on_panic

    requests = LeaveRequests()
    from bot.process import logs
    from bot.settings.arguments import parse_arguments
    from bot.worker.job import Job
    from bot.worker.worker_settings import read_worker_settings
    from pipeline.errors import SettingsError

    try:
        settings = read_worker_settings(parse_arguments(argv).options, os.environ).require()
    except SettingsError as error:  # the worker has read the same; a file has changed since
        sys.stderr.write(f"{error}\n")
        return ExitCode.SETTINGS
    logs.configure(settings.log_level, secrets=settings.secrets)
    vad = _load(settings)
    end_on_panic()
    _report("ready")
    line = orders.readline()
    if not line.endswith(b"\n"):
        return ExitCode.OK  # there is no job for it any more
    job = Job.from_line(line)
    own = job.settings(settings)
    logs.configure(own.log_level, secrets=own.secrets, stream=_Marked(sys.stderr, job.id))
    Thread(target=_watch, args=(orders,), name="worker-watch", daemon=True).start()
    history = _history_before(job, settings)
    if history:
        own = replace(own, greeting=None, greeting_instructions=None)  # the person was greeted before
    return _serve(own, requests, vad, history)


def _history_before(job: "Job", worker: "Settings") -> "tuple[Message, ...]":
    """Return what was said in the process that this one replaces, if there is one and it has kept a journal."""
    if (before := job.before()) is None or (journal := before.settings(worker).journal) is None:
        return ()
    from bot.worker.lost_history import lost_history

    return lost_history(journal)


def _load(settings: "Settings") -> "VoiceActivityDetector":
    """Import and load what takes time, and what every bot needs."""
    import gc
    from importlib import import_module

    from bot.providers.factory import chosen_sdks
    from vad.cascade import CascadeVad

    for package in ("bot.voicebot", "bot.process.run_command", *chosen_sdks(settings)):
        import_module(package)
    vad = CascadeVad()
    gc.collect()
    gc.freeze()  # a collection that looks through all of this takes longer than the voice's queue lasts
    return vad


def _serve(
    settings: "Settings", requests: "LeaveRequests", vad: "VoiceActivityDetector", history: "tuple[Message, ...]"
) -> ExitCode:
    import asyncio

    from bot.process.run_command import serve

    async def joined(_: "VoiceBot") -> None:
        _report("joined")

    return asyncio.Runner().run(
        serve(settings, requests, joined, vad=vad, history=history)
    )  # not closed: see run_command


def _watch(orders: IO[bytes]) -> None:
    """Leave at the end of the stream, as at a SIGTERM; raised here, as `os.kill` would count as a native panic."""
    import signal

    orders.read()
    signal.raise_signal(signal.SIGTERM)


def _report(what: str) -> None:
    stdout().write(json.dumps({"is": what}) + "\n")
    stdout().flush()


class _Marked:
    """A stream whose lines say whose they are: the processes of a worker share one log."""

    def __init__(self, stream: IO[str], job_id: str) -> None:
        self._stream, self._mark = stream, f"[{job_id}] "

    def write(self, text: str) -> object:
        """Write a record, whole."""
        return self._stream.write(self._mark + text)

    def flush(self) -> None:
        """Pass it on."""
        self._stream.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    stdout().flush()
    os._exit(code)
