"""Runs the worker of the command: signals, and how it ends."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

from bot.process.exit_codes import ExitCode
from bot.worker.arguments import WorkerArguments
from bot.worker.setup import set_up
from bot.worker.worker import Worker
from pipeline.errors import VoiceBotError, first_error

log = logging.getLogger(__name__)


def run(arguments: WorkerArguments) -> ExitCode:
    """Work until drained; the caller then ends the process with `os._exit`."""
    setup = set_up(arguments)
    return ExitCode.SETTINGS if setup is None else run_to_end(work(setup.worker))


def run_to_end(main: Coroutine[Any, Any, None]) -> ExitCode:
    """Run a service to its end, and return the exit code for it."""
    try:
        asyncio.Runner().run(main)
    except Exception as errors:
        error = first_error(errors)
        if isinstance(error, VoiceBotError):
            log.error("%s", error)
            return ExitCode.ROOM
        log.exception("a bug ended the service; please report it together with this log")
        return ExitCode.BUG
    return ExitCode.OK


async def work(worker: Worker) -> None:
    """Run a worker until signals have drained it."""
    loop = asyncio.get_running_loop()
    for request in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(request, worker.drain)
    await worker.run()
