"""The life of the command: one bot in one room, and every end it can come to as one exit code."""

import asyncio
import faulthandler
import logging
import sys
from pathlib import Path

from bot.process import logs, status_line
from bot.process.exit_codes import ExitCode
from bot.process.signals import LeaveRequests, end_on_panic
from bot.process.status_line import StatusLine
from bot.providers.factory import import_sdks
from bot.settings.describe import files_read
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.errors import ProviderError, RoomError

log = logging.getLogger(__name__)


def run(settings: Settings, requests: LeaveRequests) -> ExitCode:
    """Serve until the room ends or somebody asks to leave. The process is to be ended with `os._exit` then.

    What the bot left behind when it closed may still run: neither tasks that ignore their cancellation nor threads are
    waited for, or a failed bot could linger without a voice.
    """
    line = status_line.on_terminal(sys.stderr, settings.log_level)
    logs.configure(settings.log_level, secrets=settings.secrets, stream=line)
    log.info("%s", files_read(settings.files, Path.cwd()))
    import_sdks(settings)
    end_on_panic()
    # Most native panics abort the process: then at least say where Python was. Of the thread that panicked alone: to
    # walk through one that is just ending may crash.
    faulthandler.enable(all_threads=False)
    return asyncio.Runner().run(_serve(settings, requests, line))  # not closed: that waits for every task


async def _serve(settings: Settings, requests: LeaveRequests, line: StatusLine | None) -> ExitCode:
    serving = asyncio.current_task()
    assert serving is not None
    requests.call(serving.cancel)
    try:
        async with VoiceBot(settings) as bot:
            if line is not None:
                await line.follow(bot)
            await bot.wait_closed()
    except RoomError as error:
        log.error("%s", error)
        return ExitCode.ROOM
    except ProviderError as error:
        log.error("%s", error)
        return ExitCode.PROVIDER
    except (Exception, asyncio.CancelledError) as error:
        if requests.made and isinstance(error, asyncio.CancelledError):
            return ExitCode.OK
        log.exception("a bug ended the bot; please report it together with this log")
        return ExitCode.BUG
    return ExitCode.OK
