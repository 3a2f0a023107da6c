"""Logs what code of others raises: where, and of which kind. Its text may hold what was said, and is for `debug`."""

import logging
import traceback
from collections.abc import Iterator

OWN_PACKAGES = ("bot", "pipeline", "vad")
"""Whose errors say what to do in words of their own, and are logged with them."""

KEPT_BACK = "(its text may hold what was said: log level debug has it)"


def log_failure(log: logging.Logger, message: str, *values: object, error: BaseException) -> None:
    """Log an error, with the lines of code that led to it but without its text; with all of it at `debug`."""
    if log.isEnabledFor(logging.DEBUG):
        log.error(message, *values, exc_info=error)
    else:
        log.error(f"{message}\n%s", *values, "\n".join(_lines(error)))


def _lines(error: BaseException) -> Iterator[str]:
    causes = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    for each in reversed(causes):
        yield "Traceback (most recent call last):"
        yield from (line.rstrip() for line in traceback.format_tb(each.__traceback__))
        yield f"{type(each).__name__}{_text(each)}"


def _text(error: BaseException) -> str:
    if not str(error):
        return ""
    *_, raised_in = (None, *(frame.f_globals.get("__name__") for frame, _ in traceback.walk_tb(error.__traceback__)))
    is_own = isinstance(raised_in, str) and raised_in.partition(".")[0] in OWN_PACKAGES
    return f": {error}" if is_own else f" {KEPT_BACK}"
