"""What went wrong, as the model is told it."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError

from bot.redaction import redact
from pipeline.errors import VoiceBotError

P = ParamSpec("P")
R = TypeVar("R")


def tool(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Have expected failures told to the model: their texts say what to do."""

    @functools.wraps(run)
    async def running(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return await run(*arguments, **keywords)
        except VoiceBotError as error:
            raise ToolError(redact(str(error))) from None

    return running
