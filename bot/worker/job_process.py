"""The child's program, `python -m bot.worker.job_process` and the bot's flags: loads a bot, and serves one job.

The job comes on stdin, as a line of JSON, as does the request to end: the end of the stream, which the worker's own
death causes, too. Reports go to stdout; the log goes to stderr, each line behind the job's id.
"""

import argparse
import logging
import os
import select
import sys
from collections.abc import Sequence
from threading import Thread
from typing import IO, TYPE_CHECKING

from bot.process.exit_codes import ExitCode
from bot.process.standard_streams import reserve_stdin, reserve_stdout, stdout
from bot.worker.reports import FAILED, JOINED, READY, Report

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from bot.worker.job import Job
    from bot.worker.program import JobProgram
    from pipeline.messages import Message
    from vad.protocol import VoiceActivityDetector


def main(argv: Sequence[str]) -> ExitCode:
    """Serve one job; return the exit code, with which the process then has to end by `os._exit`."""
    reserve_stdout()
    orders = reserve_stdin()
    from bot.process.signals import LeaveRequests, end_on_panic

    requests = LeaveRequests()
    import asyncio

    from bot.process import logs
    from bot.telemetry.tracing import start_tracing
    from bot.worker.job import Job
    from bot.worker.job_context import JobContext, ProcessContext
    from bot.worker.job_telemetry import JobTelemetry
    from bot.worker.program import prepare
    from bot.worker.serving import serve
    from pipeline.errors import SettingsError

    try:
        program, settings = _read(argv)
    except SettingsError as error:  # the worker has read the same; a file has changed since
        sys.stderr.write(f"{error}\n")
        return ExitCode.SETTINGS
    logs.configure_for(settings)
    process = ProcessContext(settings, _load(settings))
    send_spans = start_tracing() if settings.otel else lambda: None
    runner = asyncio.Runner()  # not closed: see run_command
    try:
        prewarmed = runner.run(prepare(program, process))
    except Exception:
        logging.getLogger(__name__).exception("the preparation of a job's process has failed (prewarm)")
        return ExitCode.BUG
    _freeze()
    end_on_panic()
    _report(Report(READY))
    line = orders.readline()
    if not line.endswith(b"\n"):
        return ExitCode.OK  # there is no job for it any more
    job = Job.from_line(line)
    own = job.settings(settings)
    logs.configure_for(own, stream=_Marked(sys.stderr, job.id))
    Thread(target=_watch, args=(orders,), name="worker-watch", daemon=True).start()
    telemetry = JobTelemetry(_report_if_taken)
    context = JobContext(
        job,
        process,
        prewarmed=prewarmed,
        agents=program.agents,
        history=_history_before(job, settings),
        on_joined=lambda: _report(Report(JOINED)),
        telemetry=telemetry,
    )
    code = runner.run(serve(program, context, settings, requests, lambda why: _report(Report(FAILED, why))))
    telemetry.report()
    send_spans()
    return code


def _read(argv: Sequence[str]) -> "tuple[JobProgram, Settings]":
    """Read the command line, and load what it names. Raises SettingsError."""
    from bot.settings.arguments import parse_arguments
    from bot.worker.program import load_program
    from bot.worker.program_places import add_program_flags, given_places
    from bot.worker.worker_settings import read_worker_settings

    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_program_flags(parser)
    own, bot_flags = parser.parse_known_args(argv)
    settings = read_worker_settings(parse_arguments(bot_flags).options, os.environ).require()
    return load_program(given_places(own)), settings


def _history_before(job: "Job", worker: "Settings") -> "tuple[Message, ...]":
    """Return what was said in the process that this one replaces, if there is one and it has kept a journal."""
    if (before := job.before()) is None or (journal := before.settings(worker).journal) is None:
        return ()
    from bot.worker.lost_history import lost_history

    return lost_history(journal)


def _load(settings: "Settings") -> "VoiceActivityDetector":
    """Import and load what takes time, and what every bot needs."""
    from importlib import import_module

    from bot.providers.factory import chosen_sdks
    from vad.cascade import CascadeVad

    for package in ("bot.voicebot", "bot.process.run_command", *chosen_sdks(settings)):
        import_module(package)
    return CascadeVad()


def _freeze() -> None:
    """Have collections look through nothing of what was loaded: that takes longer than the voice's queue lasts."""
    import gc

    gc.collect()
    gc.freeze()


def _watch(orders: IO[bytes]) -> None:
    """Leave at the end of the stream, as at a SIGTERM; raised here, as `os.kill` would count as a native panic."""
    import signal

    orders.read()
    signal.raise_signal(signal.SIGTERM)


def _report(report: Report) -> None:
    stdout().write(report.to_line())
    stdout().flush()


def _report_if_taken(report: Report) -> bool:
    """Report, unless that would wait: a worker that is stopped must not stop its bots."""
    try:
        _, writable, _ = select.select((), (stdout().fileno(),), (), 0.0)
        if writable:
            _report(report)
        return bool(writable)
    except OSError:  # the worker is gone, and this process goes, too
        return True


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
