"""Errors in the form that the calling model reads."""

import difflib
import functools
import logging
import reprlib
from collections.abc import Awaitable, Callable, Sequence
from typing import ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.process.redaction import redact
from pipeline.errors import VoiceBotError

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

FAULTS = {
    "missing": "it is missing; give it",
    "string_type": "{given} is no text; give one",
    "string_too_long": "it is too long; give at most {max_length} characters",
    "float_type": "{given} is no number; give one",
    "float_parsing": "{given} is no number; give one",
    "int_type": "{given} is no whole number; give one",
    "int_parsing": "{given} is no whole number; give one",
    "int_from_float": "{given} is no whole number; give one",
    "less_than_equal": "{given} is too much; give at most {le:g}",
    "greater_than_equal": "{given} is too little; give at least {ge:g}",
    "greater_than": "{given} is too little; give more than {gt:g}",
}
"""Texts for invalid arguments, by pydantic's type of error; for all other types pydantic's own text is used."""


BUG = "the bot failed because of a bug; the server's log has the details"

MOST_UNKNOWN = 5
"""Unknown arguments that one error names."""


def tool(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Turn expected errors into ToolErrors: their texts tell the model what to do. The text of a bug is for the log."""

    @functools.wraps(run)
    async def running(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return await run(*arguments, **keywords)
        except VoiceBotError as error:
            raise ToolError(redact(str(error))) from None
        except Exception as error:
            log.error("a tool failed because of a bug", exc_info=error)
            raise ToolError(BUG) from error

    return running


def describe_invalid(error: ValidationError) -> str:
    """Say what is wrong with the arguments of a call, and what to give."""
    return ". ".join(_describe(fault) for fault in error.errors(include_url=False))


def describe_unknown(tool: str, unknown: Sequence[str], known: Sequence[str]) -> str:
    """Say which arguments `tool` does not have, the nearest ones, and which it takes."""
    takes = ", ".join(known) or "none"
    texts = []
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        rest = f", did you mean {near[0]}? It takes {takes}" if near else f"; it takes {takes}"
        texts.append(f"{reprlib.repr(name)[1:-1]}: {tool} has no such argument{rest}")
    return ". ".join(texts[:MOST_UNKNOWN])


def _describe(fault: ErrorDetails) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    text = FAULTS.get(fault["type"])
    described = text.format(given=reprlib.repr(fault["input"]), **fault.get("ctx", {})) if text else fault["msg"]
    return f"{name}: {described}"
