"""The command as its users have it: `python -m bot`, a process with a folder and an environment of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.process.child_process import kill, start

from .access import Server
from .waiting import WAIT_LIMIT, until

ROOT = Path(__file__).resolve().parents[2]

KEPT = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")
"""Variables that a process inherits from this one: none of the developer's keys."""

JOINED = "joined the room "
"""Logged when the bot is in the room and publishes its voice."""

COMMAND = ("-m", "bot")


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that runs the checkout's code and knows only the settings `given`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **given}


NO_PROVIDERS = {"STT_PROVIDER": "none", "LLM_PROVIDER": "none", "TTS_PROVIDER": "none"}
"""A bot that is only there."""


def server_settings(server: Server) -> dict[str, str]:
    """The settings with which a bot without providers finds a server and its way in."""
    return {
        **NO_PROVIDERS,
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
    }


def run_bot(
    *arguments: str, settings: Mapping[str, str], folder: Path, program: Sequence[str] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end: for what does not join a room."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        env=environment(settings),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )


class BotProcess:
    """A running bot; a context manager, killed at its end, and by the system when this process dies.

    `program` is what the interpreter runs, for a process that is the command with one piece exchanged.
    Times are `time.monotonic()`, which is the event loop's clock, too.
    """

    def __init__(
        self, *arguments: str, settings: Mapping[str, str], folder: Path, program: Sequence[str] = COMMAND
    ) -> None:
        self._command = [sys.executable, *program, *arguments]
        self._environment = environment(settings)
        self._folder = folder
        self._output = folder / f"bot-{id(self):x}.log"
        self.started_at = 0.0
        self.ended_at: float | None = None
        """When the end was seen, some milliseconds after it happened."""

    def __enter__(self) -> Self:
        with self._output.open("wb") as output:
            self.started_at = time.monotonic()
            self._child = start(self._command, env=self._environment, output=output, cwd=self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kill(self._child)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def output(self) -> str:
        """Its output so far, stdout and stderr."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs; negative when a signal ended it."""
        code = self._child.poll()
        if code is not None and self.ended_at is None:
            self.ended_at = time.monotonic()
        return code

    def send(self, number: int) -> float:
        """Send a signal; returns when it was sent."""
        sent_at = time.monotonic()
        self._child.send_signal(number)
        return sent_at

    async def says(self, pattern: str, timeout: float = WAIT_LIMIT) -> float:
        """Wait until the output matches a regular expression, and return when that was seen."""
        with suppress(TimeoutError):
            await until(lambda: re.search(pattern, self.output) or self.code is not None, timeout)
        if not re.search(pattern, self.output):
            raise AssertionError(f"no {pattern!r} in {timeout} s, code {self.code}; it said:\n{self.output}")
        return time.monotonic()

    async def joined(self) -> float:
        """Wait until it is in the room, and return when that was seen."""
        return await self.says(JOINED)

    async def ends(self, timeout: float = WAIT_LIMIT) -> int:
        """Wait for the end, and return the exit code."""
        with suppress(TimeoutError):
            await until(lambda: self.code is not None, timeout)
        if self.code is None:
            raise AssertionError(f"still running after {timeout} s; it said:\n{self.output}")
        return self.code
