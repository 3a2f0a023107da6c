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
from bot.settings.reading import Reading, missing_providers
from bot.settings.settings import ServerAccess, Settings
from bot.settings.sources import Precedence
from bot.telemetry.tracing import NO_SDK, can_trace
from bot.worker.arguments import WorkerArguments
from bot.worker.pool import Pool
from bot.worker.process import JobProcess
from bot.worker.program_places import ProgramPlaces
from bot.worker.worker import Worker, WorkerOptions
from bot.worker.worker_settings import read_worker_settings
from pipeline.errors import SettingsError
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


def faults_of(arguments: WorkerArguments) -> tuple[str, ...]:
    """Return why a worker cannot start, each fault a line; none where it can."""
    return _faults(read_worker_settings(arguments.bot_options, os.environ), arguments)


def set_up(arguments: WorkerArguments) -> WorkerSetup | None:
    """Make the worker; None when its settings do not allow a start, which stderr then says."""
    environ: Mapping[str, str] = os.environ
    reading = read_worker_settings(arguments.bot_options, environ)
    notes: tuple[str, ...] = ()
    if reading.settings is not None and reading.settings.demo:
        environ, notes = with_local_model(reading, environ)
        reading = read_worker_settings(arguments.bot_options, environ)
    faults = _faults(reading, arguments)
    for line in (*reading.warnings, *faults):
        sys.stderr.write(line + "\n")
    if reading.settings is None or faults:
        sys.stderr.write(files_read(reading.files, reading.directory) + "\n")
        return None
    settings = reading.settings
    logs.configure_for(settings)
    log.info("%s", files_read(settings.files, Path.cwd()))
    for note in notes:
        log.info("%s", note)
    is_chosen = reading.sources["identity"].rank is not Precedence.DEFAULT
    options = WorkerOptions(
        agent_name=arguments.agent_name,
        max_jobs=arguments.max_jobs,
        drain_delay=arguments.drain_delay,
        max_memory=arguments.max_memory,
        identity=settings.identity if is_chosen else None,
        version=rawbot_version() or "",
    )
    flags = (*arguments.places.flags, *arguments.bot_flags)
    pool = Pool(lambda: JobProcess.start(flags, environ), arguments.idle, arguments.recycle_delay)
    access = _access(settings)
    return WorkerSetup(Worker(access, options, pool), settings, access, notes)


def _faults(reading: Reading, arguments: WorkerArguments) -> tuple[str, ...]:
    faults = (*reading.faults, *_program_faults(arguments.places), *_tracing_faults(reading))
    if arguments.places.entry:  # which may need no providers
        return faults
    return (*faults, *missing_providers(reading))


def _tracing_faults(reading: Reading) -> tuple[str, ...]:
    """Look for what the jobs' processes will need."""
    return (NO_SDK,) if reading.checked.get("otel") and not can_trace() else ()


def _program_faults(places: ProgramPlaces) -> tuple[str, ...]:
    """Load what the jobs' processes will load, so that its faults are told at the start."""
    if not places.flags:
        return ()
    from bot.worker.program import load_program  # here: the worker itself needs no bot

    try:
        load_program(places)
    except SettingsError as error:
        return error.faults
    return ()


def _access(settings: Settings) -> ServerAccess:
    assert settings.livekit_api_key is not None
    assert settings.livekit_api_secret is not None
    return ServerAccess(settings.url, settings.livekit_api_key, settings.livekit_api_secret)
