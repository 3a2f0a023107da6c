"""Makes a worker out of a command line: reads its settings, sets up the log, and says what is used and why."""

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.process import logs
from bot.settings.demo import with_local_model
from bot.settings.describe import files_read
from bot.settings.reading import missing_providers
from bot.settings.settings import ServerAccess, Settings
from bot.settings.sources import Precedence
from bot.worker.arguments import WorkerArguments
from bot.worker.pool import Pool
from bot.worker.process import JobProcess
from bot.worker.worker import Worker, WorkerOptions
from bot.worker.worker_settings import read_worker_settings
from pipeline.version import rawbot_version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerSetup:
    """A worker that has not begun, and what was read for it."""

    worker: Worker
    settings: Settings
    access: ServerAccess
    notes: tuple[str, ...]
    """Lines about what was chosen for its bots."""


def set_up(arguments: WorkerArguments) -> WorkerSetup | None:
    """Make the worker; None when its settings do not allow a start, which stderr then says."""
    environ: Mapping[str, str] = os.environ
    reading = read_worker_settings(arguments.bot_options, environ)
    notes: tuple[str, ...] = ()
    if reading.settings is not None and reading.settings.demo:
        environ, notes = with_local_model(reading, environ)
        reading = read_worker_settings(arguments.bot_options, environ)
    faults = (*reading.faults, *missing_providers(reading))
    for line in (*reading.warnings, *faults):
        sys.stderr.write(line + "\n")
    if reading.settings is None or faults:
        sys.stderr.write(files_read(reading.files, reading.directory) + "\n")
        return None
    settings = reading.settings
    logs.configure(settings.log_level, secrets=settings.secrets)
    log.info("%s", files_read(settings.files, Path.cwd()))
    for note in notes:
        log.info("%s", note)
    is_chosen = reading.sources["identity"].rank is not Precedence.DEFAULT
    options = WorkerOptions(
        agent_name=arguments.agent_name,
        max_jobs=arguments.max_jobs,
        drain_delay=arguments.drain_delay,
        identity=settings.identity if is_chosen else None,
        version=rawbot_version() or "",
    )
    pool = Pool(lambda: JobProcess.start(arguments.bot_flags, environ), arguments.idle)
    access = _access(settings)
    return WorkerSetup(Worker(access, options, pool), settings, access, notes)


def _access(settings: Settings) -> ServerAccess:
    assert settings.livekit_api_key is not None
    assert settings.livekit_api_secret is not None
    return ServerAccess(settings.url, settings.livekit_api_key, settings.livekit_api_secret)
