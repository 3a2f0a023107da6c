"""Errors in the form that the calling model reads."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError

from bot.process.redaction import redact
from pipeline.errors import VoiceBotError

P = ParamSpec("P")
R = TypeVar("R")


def tool(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Turn expected errors into ToolErrors: their texts tell the model what to do."""

    @functools.wraps(run)
    async def running(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return await run(*arguments, **keywords)
        except VoiceBotError as error:
            raise ToolError(redact(str(error))) from None

    return running
