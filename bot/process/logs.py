"""The command's log: plain lines on stderr, without secrets. Embedders configure logging themselves."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from bot.process.redaction import redact
from bot.process.redactor import make_redactor

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from pipeline.redaction import Redactor

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class Stream(Protocol):
    """A target of the log: what `logging.StreamHandler` needs."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


def configure(
    level: str,
    *,
    secrets: Iterable[str] = (),
    redactor: "Redactor | None" = None,
    language: str = "en",
    stream: Stream | None = None,
) -> None:
    """Log from `level` (debug, info, warning, error) on, to stderr or `stream`. None of `secrets` is ever written.

    `redactor` hides addresses and long numbers in every line; and in those of `debug`, which may hold what was said,
    all that it hides in words of `language`.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(secrets, redactor, language))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    livekit = logging.getLogger("livekit")
    if level != "debug":
        for name in ("httpx2", "mcp"):
            logging.getLogger(name).setLevel(logging.WARNING)  # a line for each request
        livekit.setLevel(logging.WARNING)
        livekit.addFilter(_is_not_native)


def configure_for(settings: "Settings", *, secrets: Iterable[str] = (), stream: Stream | None = None) -> None:
    """Log as the settings of a bot say; none of its secrets is ever written, nor of `secrets`."""
    configure(
        settings.log_level,
        secrets=(*settings.secrets, *secrets),
        redactor=make_redactor(settings),
        language=settings.language,
        stream=stream,
    )


class _Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str], redactor: "Redactor | None", language: str) -> None:
        super().__init__(FORMAT)
        self._secrets, self._redactor, self._language = tuple(secrets), redactor, language

    def format(self, record: logging.LogRecord) -> str:
        """Format a record and its traceback, which may quote messages from outside, without secrets."""
        text = redact(super().format(record), self._secrets)
        if self._redactor is None:
            return text
        time, rest = text[: len(record.asctime)], text[len(record.asctime) :]
        if record.levelno > logging.DEBUG:
            return time + self._redactor.technical(rest)
        return time + self._redactor.text(rest, self._language)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """Format one line: a server's answer must neither look like other lines of the log nor color the terminal."""
        line = super().formatMessage(record)
        return _CONTROL.sub(lambda control: control[0].encode("unicode_escape").decode(), line)


def _is_not_native(record: logging.LogRecord) -> bool:
    """Keep what the Python half of the client logs, such as exceptions in callbacks, which are logged nowhere else.

    Drop the native half: each of its retries is a warning, and the bot reports the outcome.
    """
    return record.module != "_ffi_client"
