"""Runs the service of the command: settings, log, signals, and how it ends."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path

from bot.process import logs
from bot.process.exit_codes import ExitCode
from bot.process.listening_port import listening_socket
from bot.serve.arguments import ServeArguments
from bot.serve.running import Running
from bot.settings.describe import files_in
from bot.settings.service_settings import ServiceSettings, load_service_settings
from bot.web import livekit_client
from bot.web.npm_file import FileMissing
from bot.worker.command import run_to_end
from bot.worker.setup import WorkerSetup, faults_of, set_up
from pipeline.errors import SettingsError

log = logging.getLogger(__name__)

FAILED = ExitCode.BUG

NO_PAGE = "Without it there is no page: --no-page serves the rest."

NO_KEYS = (
    "nobody could use the page: tokens need a key, as --host reaches beyond this machine or --token-access says, and "
    "BOT_API_KEYS has none. Give tokens to whoever reaches this with --token-access open, or serve --no-page."
)


def run(arguments: ServeArguments) -> ExitCode:
    """Serve until a signal ends it; the caller then ends the process with `os._exit`."""
    try:
        settings = load_service_settings(arguments.options, environ=os.environ, directory=Path.cwd(), origin="flag")
        is_closed = arguments.token_access == "key" and not settings.api_keys
        if is_closed and arguments.has_page:
            raise SettingsError([NO_KEYS])
        with closing(listening_socket(arguments.port, arguments.host)) as bound:
            client = livekit_client.get(_say) if arguments.has_page else None
            worker = None if arguments.worker is None else set_up(arguments.worker)
            if arguments.worker is not None and worker is None:
                return ExitCode.SETTINGS
            _set_up_log(settings, worker)
            if is_closed:
                log.info("BOT_API_KEYS has no key: nobody gets a token or a session here")
            return run_to_end(_serve(Running(arguments, settings, worker, client, bound)))
    except SettingsError as fault:
        further = () if arguments.worker is None else faults_of(arguments.worker)
        lines = dict.fromkeys((*fault.faults, *further))  # both read the server's settings
        sys.stderr.write("\n".join((*lines, files_in(Path.cwd()))) + "\n")
        return ExitCode.SETTINGS
    except FileMissing as failure:
        sys.stderr.write(f"{failure}\n{NO_PAGE}\n")
        return FAILED


def _set_up_log(settings: ServiceSettings, worker: WorkerSetup | None) -> None:
    if worker is not None:
        logs.configure_for(worker.settings, secrets=settings.secrets)
    else:
        logs.configure(settings.log_level, secrets=settings.secrets)
        log.info("%s", files_in(Path.cwd()))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


async def _serve(running: Running) -> None:
    loop = asyncio.get_running_loop()
    for request in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(request, running.end)
    await running.run()
