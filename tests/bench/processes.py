"""What runs beside the benchmark: the simulated providers as a process, and what a process uses of the machine."""

import asyncio
import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import psutil

from bot.process.child_process import kill, start
from tests.support.access import Server
from tests.support.bot_process import NO_PROVIDERS, ROOT, environment, server_settings

START_LIMIT_DELAY = 60.0
"""Seconds for the simulators to listen."""


class NotStarted(Exception):
    """A process did not come up, or ended before its time."""


class Simulators:
    """`python -m tests.support.providers` as a child; a context manager."""

    def __init__(self, profile: str, words: Iterable[str], seed: int, folder: Path) -> None:
        vocabulary = folder / "vocabulary.txt"
        vocabulary.write_text("\n".join(words), encoding="utf-8")
        options = {"--profile": profile, "--seed": str(seed), "--vocabulary": str(vocabulary), "--replies": "brief"}
        module = [sys.executable, "-m", "tests.support.providers"]
        self._command = [*module, *(word for option in options.items() for word in option)]
        self._output = folder / "simulators.log"
        self.settings: dict[str, str] = {}
        """What leads a bot to them: base URLs and keys, by the names of the environment."""

    def __enter__(self) -> Self:
        with self._output.open("wb") as output:
            self._child = start(self._command, env=environment({}), output=output, cwd=ROOT)
        give_up_at = monotonic() + START_LIMIT_DELAY
        while b"\n" not in self._output.read_bytes():
            if self._child.poll() is not None or monotonic() > give_up_at:
                kill(self._child)
                raise NotStarted(f"the simulators do not start; they said:\n{self._output.read_text()}")
            sleep(0.05)
        self.settings = json.loads(self._output.read_text().splitlines()[0])
        self._log_url = self.settings.pop("LOG_URL")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kill(self._child)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    def bot_settings(self, server: Server) -> dict[str, str]:
        """The settings of a bot that talks by them, in rooms of the server."""
        settings = {**server_settings(server), **self.settings}
        return {name: value for name, value in settings.items() if name not in NO_PROVIDERS}

    def log(self) -> Mapping[str, Any]:
        """What they were asked and when they answered: see `tests.support.providers.log`. Blocks for some ms."""
        with urllib.request.urlopen(self._log_url, timeout=10) as answer:  # loopback
            log: Mapping[str, Any] = json.load(answer)
        return log


class Embedded:
    """Bots that share a process, `tests.bench.embedded`, in a room each; a context manager."""

    def __init__(self, rooms: Iterable[str], settings: Mapping[str, str], folder: Path) -> None:
        self._command = [sys.executable, "-m", "tests.bench.embedded", *rooms]
        self._environment = environment(settings)
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._output = self._folder / "embedded.log"

    def __enter__(self) -> Self:
        with self._output.open("wb") as output:
            self._child = start(self._command, env=self._environment, output=output, cwd=self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kill(self._child)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    async def joined(self) -> None:
        """Wait until all bots are in their rooms."""
        await self._told("joined", START_LIMIT_DELAY)

    async def end(self) -> Mapping[str, Any]:
        """Have the bots leave, and return what the process has measured of itself."""
        self._child.terminate()
        return await self._told("measured", START_LIMIT_DELAY)

    async def _told(self, key: str, limit_delay: float) -> Mapping[str, Any]:
        give_up_at = monotonic() + limit_delay
        while True:
            for line in self._output.read_text(errors="replace").splitlines(keepends=True):
                if line.startswith(f'{{"{key}":') and line.endswith("\n"):  # else it is still being written
                    told: Mapping[str, Any] = json.loads(line)[key]
                    return told
            if self._child.poll() is not None or monotonic() > give_up_at:
                raise NotStarted(f"the embedded bots never said {key!r}:\n{self._output.read_text()[-4000:]}")
            await asyncio.sleep(0.02)


class Usage:
    """What one process uses, children included, from one mark to the next."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.mark()

    def mark(self) -> None:
        """Measure from here."""
        self._since = monotonic(), self._spent()

    def cpu(self) -> float:
        """Share of one core since the mark."""
        began_at, spent = self._since
        return (self._spent() - spent) / (monotonic() - began_at)

    def pss(self) -> float:
        """MB that it occupies, its share of what it shares with others. Takes some ms of its time, too."""
        return sum(_pss(process) for process in self._tree()) / 1e6

    def _spent(self) -> float:
        return sum(cpu_seconds(process) for process in self._tree())

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process so far, 0 when it is gone."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _pss(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(memory, "pss", memory.uss))  # Linux alone knows PSS; USS leaves out what is shared
