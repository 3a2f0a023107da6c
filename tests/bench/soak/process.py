"""The process that is watched: `tests.bench.soak.bots` as a child."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.bot_process import environment

ANSWER_LIMIT_DELAY = 60.0
"""Seconds for a bot to join or to leave."""


class SoakFailed(Exception):
    """The process has ended, or does not answer."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at one moment."""

    memory: float
    """MB that are resident."""
    threads: int
    tasks: int
    """Of its event loop."""
    files: int
    """Descriptors."""


class Bots:
    """A context manager. The child ends with its standard input, so also with this process."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self._environment, self._folder = environment(settings), folder
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._broken: dict[str, str] = {}
        """Why bots ended by themselves, by their rooms."""
        self._samples = 0

    async def __aenter__(self) -> Self:
        with (self._folder / "bots.log").open("wb") as log:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.bench.soak.bots",
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env=self._environment,
                cwd=self._folder,
            )
        self._reading = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            async with asyncio.timeout(ANSWER_LIMIT_DELAY):
                await self._child.wait()
        except TimeoutError:
            self._child.kill()
        await self._reading

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    async def join(self, room: str) -> None:
        """Have a bot join a room; raises SoakFailed."""
        await self._ask({"join": room}, room)

    async def leave(self, room: str) -> None:
        """Have it leave; returns when it is closed. Raises SoakFailed."""
        await self._ask({"leave": room}, room)

    async def sample(self) -> Sample:
        """Return what the process holds, garbage apart; raises SoakFailed."""
        self._samples += 1
        told = await self._ask({"sample": self._samples}, str(self._samples))
        return Sample(told["memory"] / 1e6, told["threads"], told["tasks"], told["files"])

    async def _ask(self, question: dict[str, Any], key: str) -> dict[str, Any]:
        assert self._child.stdin is not None
        if (why := self._broken.pop(key, None)) is not None:
            raise SoakFailed(f"the bot of {key}: {why}")
        answer = self._answers[key] = asyncio.get_running_loop().create_future()
        self._child.stdin.write(json.dumps(question).encode() + b"\n")
        try:
            async with asyncio.timeout(ANSWER_LIMIT_DELAY):
                told: dict[str, Any] = await answer
        except TimeoutError:
            raise SoakFailed(f"no answer to {question} within {ANSWER_LIMIT_DELAY:.0f} s") from None
        if "failed" in told:
            raise SoakFailed(f"the bot of {told['failed']}: {told['why']}")
        return told

    async def _read(self) -> None:
        assert self._child.stdout is not None
        while line := await self._child.stdout.readline():
            told = json.loads(line)
            key = str(next(iter(told.values())))
            if (answer := self._answers.pop(key, None)) is not None and not answer.done():
                answer.set_result(told)
            elif "failed" in told:
                self._broken[key] = told["why"]
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({"failed": "all rooms", "why": "the process has ended"})
