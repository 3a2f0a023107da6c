"""Errors in the form that the calling model reads."""

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError

from bot.process.redaction import redact
from pipeline.errors import VoiceBotError
from pipeline.failure_log import log_failure

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

BUG = "the bot failed because of a bug; the server's log has the details"


def tool(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Turn expected errors into ToolErrors: their texts say what to do. The text of a bug is for the log."""

    @functools.wraps(run)
    async def running(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return await run(*arguments, **keywords)
        except VoiceBotError as error:
            from bot.mcp_server.sessions import current_client  # here: sessions raise these errors

            raise ToolError(redact(str(error), current_client().secrets)) from None
        except Exception as error:
            log_failure(log, "a tool failed because of a bug", error=error)
            raise ToolError(BUG) from error

    return running
