"""Runs the bot of the command and turns every way in which it can end into an exit code."""

import asyncio
import faulthandler
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bot.process import logs, status_line
from bot.process.exit_codes import ExitCode
from bot.process.signals import LeaveRequests, end_on_panic
from bot.process.status_line import StatusLine
from bot.providers.factory import import_sdks
from bot.settings.describe import files_read
from bot.settings.settings import Settings
from bot.telemetry.process_telemetry import process_telemetry
from bot.voicebot import VoiceBot
from pipeline.errors import ProviderError, RoomError, SettingsError

log = logging.getLogger(__name__)

BUG = "a bug ended the bot; please report it together with this log"


def run(
    settings: Settings,
    requests: LeaveRequests,
    notes: Iterable[str] = (),
    *,
    until: Callable[[VoiceBot], Awaitable[None]] | None = None,
) -> ExitCode:
    """Serve until the room ends or a signal asks to leave; the caller then ends the process with `os._exit`.

    `notes` are lines for the log, about what was chosen for the bot. With `until` it serves until that returns, and
    shows no status on a terminal.

    Tasks that ignore their cancellation and threads may still run then; waiting for them could keep a failed bot in
    the room without a voice.
    """
    line = status_line.on_terminal(sys.stderr, settings.log_level) if until is None else None
    logs.configure_for(settings, stream=line)
    # Without such a file everything came from flags and environment, and needs no line.
    log.log(logging.INFO if settings.files else logging.DEBUG, "%s", files_read(settings.files, Path.cwd()))
    for note in notes:
        log.info("%s", note)
    import_sdks(settings)
    end_on_panic()
    # Most native panics abort the process: then at least say where Python was. Only for the thread that panicked:
    # walking the stack of a thread that is ending may crash.
    faulthandler.enable(all_threads=False)
    with line.standard_streams() if line else nullcontext():
        serving = _serve(settings, requests, line, until or _until_closed)
        return asyncio.Runner().run(serving)  # not closed: that waits for every task


async def _until_closed(bot: VoiceBot) -> None:
    await bot.wait_closed()


async def _serve(
    settings: Settings,
    requests: LeaveRequests,
    line: StatusLine | None,
    until: Callable[[VoiceBot], Awaitable[None]],
) -> ExitCode:
    async def work() -> None:
        async with process_telemetry(settings) as telemetry, VoiceBot(settings, telemetry=telemetry) as bot:
            if line is not None:
                await line.run(bot)
            await until(bot)

    return await exit_code_of(work(), requests)


async def exit_code_of(work: Coroutine[Any, Any, None], requests: LeaveRequests, *, bug: str = BUG) -> ExitCode:
    """Await `work`, which a request cancels. Log what it raises, `bug` with the traceback, and return the exit code."""
    serving = asyncio.current_task()
    assert serving is not None
    requests.call(serving.cancel)
    try:
        await work
    except SettingsError as error:
        log.error("%s", error)
        return ExitCode.SETTINGS
    except RoomError as error:
        log.error("%s", error)
        return ExitCode.ROOM
    except ProviderError as error:
        log.error("%s", error)
        return ExitCode.PROVIDER
    except (Exception, asyncio.CancelledError) as error:
        if requests.made and isinstance(error, asyncio.CancelledError):
            return ExitCode.OK
        log.exception("%s", bug)
        return ExitCode.BUG
    return ExitCode.OK
