"""The bot of a talk: `python -m bot` as a child process that writes to this process's stderr."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from bot.process.child_process import kill, start
from bot.process.exit_codes import ExitCode

STOP_LIMIT_DELAY = 3.0
"""Seconds that the bot gets to leave; it needs less than two."""

STDERR = 2
"""The file descriptor."""


class BotEnded(Exception):
    """The bot has ended by itself; `code` as in a shell, 128 and more when a signal ended it."""

    def __init__(self, code: int) -> None:
        self.code = code if code >= 0 else 128 - code
        known = next((known for known in ExitCode if known == code), None)
        meaning = known.meaning if known else "see its last lines above, if there are any"
        super().__init__(f"the bot ended with code {self.code}: {meaning}")


class BotProcess:
    """The running bot, a context manager that stops it in bounded time. It dies with this process."""

    def __init__(self, flags: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "bot", *flags]
        self._environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        self._child = start(self._command, env=self._environment, output=STDERR)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.terminate()
        try:
            self._child.wait(STOP_LIMIT_DELAY)
        except subprocess.TimeoutExpired:
            kill(self._child)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._child.pid

    def check(self) -> None:
        """Raise BotEnded when it has ended."""
        code = self._child.poll()
        if code is not None:
            raise BotEnded(code)
