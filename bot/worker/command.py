"""Runs the worker of the command: signals, and how it ends."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from bot.process.exit_codes import ExitCode
from bot.settings.settings import Settings
from bot.worker.arguments import WorkerArguments
from bot.worker.setup import set_up
from bot.worker.worker import Worker
from pipeline.errors import SettingsError, VoiceBotError, first_error

log = logging.getLogger(__name__)


def run(arguments: WorkerArguments) -> ExitCode:
    """Work until drained; the caller then ends the process with `os._exit`."""
    setup = set_up(arguments)
    return ExitCode.SETTINGS if setup is None else run_to_end(work(setup.worker, setup.settings))


def run_to_end(main: Coroutine[Any, Any, None]) -> ExitCode:
    """Run a service to its end, and return the exit code for it."""
    try:
        asyncio.Runner().run(main)
    except Exception as errors:
        error = first_error(errors)
        if isinstance(error, VoiceBotError):
            log.error("%s", error)
            return ExitCode.SETTINGS if isinstance(error, SettingsError) else ExitCode.ROOM
        log.exception("a bug ended the service; please report it together with this log")
        return ExitCode.BUG
    return ExitCode.OK


async def work(worker: Worker, settings: Settings) -> None:
    """Run a worker until signals have drained it; its metrics are served where the settings say so."""
    loop = asyncio.get_running_loop()
    for request in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(request, worker.drain)
    async with AsyncExitStack() as serving:
        if settings.metrics_port is not None:
            await serving.enter_async_context(_metrics(worker, settings.metrics_port, settings.metrics_host))
        await worker.run()


def _metrics(worker: Worker, port: int, host: str) -> AbstractAsyncContextManager[int]:
    from bot.telemetry.exposition import TotalsCollector, exposed  # here: most workers need none
    from bot.telemetry.metrics_server import serve_metrics
    from bot.telemetry.worker_collector import WorkerCollector

    collectors = WorkerCollector(lambda: worker.state), TotalsCollector(lambda: worker.counted.totals)
    return serve_metrics(lambda: exposed(*collectors), port, host)
