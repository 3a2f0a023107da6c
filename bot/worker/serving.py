"""Serves the one job of a process, and turns every way in which that can end into a report and an exit code."""

import logging
from collections.abc import Callable

from bot.process.exit_codes import ExitCode
from bot.process.redaction import redact
from bot.process.run_command import exit_code_of
from bot.process.signals import LeaveRequests
from bot.settings.settings import ServerAccess, Settings
from bot.worker.job_context import JobContext
from bot.worker.program import JobProgram
from bot.worker.refusal import tell_room
from bot.worker.session_config import SessionRefused
from pipeline.errors import RoomClosed, VoiceBotError

log = logging.getLogger(__name__)

ENTRY_FAILED = "the entry has failed"


async def serve(
    program: JobProgram,
    job: JobContext,
    operator: Settings,
    requests: LeaveRequests,
    report_failure: Callable[[str], None],
) -> ExitCode:
    """Run the entry, cancelled when a request comes. `report_failure` is called where the job has failed for good.

    A bug of the bot itself is not reported: another process may do better. No reason holds a secret or a token.
    """

    async def work() -> None:
        try:
            await program.entry(job)
        except RoomClosed as error:
            log.info("%s", error)  # what an entry waited for came to nothing, as people do leave
        except SessionRefused as refusal:
            reason = redact(str(refusal), operator.secrets)
            report_failure(reason)
            await tell_room(_access(operator, job.url), job.room, job.id, reason)
            raise
        except VoiceBotError as error:
            report_failure(redact(str(error), operator.secrets))
            raise
        except (Exception, SystemExit) as error:
            if not program.is_own:
                raise
            report_failure(redact(f"{ENTRY_FAILED}: {type(error).__name__}: {error}", operator.secrets))
            if isinstance(error, SystemExit):  # which would end the process past everything
                raise RuntimeError("it has called sys.exit") from error
            raise

    return await exit_code_of(work(), requests, **({"bug": ENTRY_FAILED} if program.is_own else {}))


def _access(operator: Settings, url: str) -> ServerAccess:
    assert operator.livekit_api_key is not None
    assert operator.livekit_api_secret is not None
    return ServerAccess(url, operator.livekit_api_key, operator.livekit_api_secret)
