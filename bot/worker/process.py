"""A job's process, as the worker sees it: started, ready, given one job, ended."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from bot.process.exit_codes import ExitCode
from bot.worker.job import Job
from bot.worker.reports import COUNTED, FAILED, JOINED, READY, Report
from pipeline.clock import loop_time
from pipeline.errors import VoiceBotError
from pipeline.module_process import module_command, module_environment

MODULE = "bot.worker.job_process"

READY_TIMEOUT = 60.0
"""Seconds for a process to load what a bot needs: two on an idle machine, many more where several start at once."""

CRASHES = (ExitCode.BUG, ExitCode.NATIVE_PANIC)
"""Ends that are nobody's decision, beside those by a signal; a provider or a server that refuses does so again."""


class ProcessFailed(VoiceBotError):
    """A job's process did not start."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a process has ended: why its job failed, or nothing; and whether another one may do better."""

    error: str
    is_crash: bool


class JobProcess:
    """One child. It ends with the worker, however that ends: its stdin is then closed, and it leaves its room."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        self.started_at = loop_time()
        """On the event loop's clock."""
        self._was_asked = False
        """Whether it is to end."""

    @classmethod
    async def start(cls, flags: Sequence[str], environ: Mapping[str, str]) -> Self:
        """Start one with the bot's `flags`, and return when it is ready for its job. Raises ProcessFailed."""
        try:
            child = await asyncio.create_subprocess_exec(
                *module_command(MODULE, *flags),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=module_environment(environ),
                start_new_session=True,  # Ctrl-C in the terminal is for the worker
            )
        except OSError as error:
            raise ProcessFailed(f"a job's process could not be started ({error.strerror})") from None
        process = cls(child)
        try:
            async with asyncio.timeout(READY_TIMEOUT):
                if (report := await process._report()) is None or report.what != READY:
                    raise ProcessFailed(f"a job's process {process._end(await child.wait())}: its log says why")
        except TimeoutError:
            await process.kill()
            raise ProcessFailed(f"a job's process was not ready within {READY_TIMEOUT:.0f} s") from None
        except BaseException:
            await process.kill()
            raise
        return process

    @property
    def is_alive(self) -> bool:
        """Whether it still runs, as far as is known."""
        return self._child.returncode is None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._child.pid

    async def serve(
        self, job: Job, joined: Callable[[], None], counted: Callable[[Mapping[str, Any]], None] = lambda counts: None
    ) -> JobEnd:
        """Give it the job and return how it ended.

        `joined` is called once it is in the room, `counted` with what its bots have counted, again and again.
        """
        self._write(job.to_line())
        failure = ""
        try:
            while (report := await self._report()) is not None:
                if report.what == JOINED:
                    joined()
                elif report.what == COUNTED:
                    counted(report.counts)
                elif report.what == FAILED:
                    failure = report.error
        except ProcessFailed as nonsense:
            return JobEnd(str(nonsense), is_crash=True)
        code = await self._child.wait()
        if failure:
            return JobEnd(failure, is_crash=False)
        error = "" if code == ExitCode.OK else f"the bot's process {self._end(code)}"
        return JobEnd(error, is_crash=not self._was_asked and (code < 0 or code in CRASHES))

    def ask_to_end(self) -> None:
        """Have it leave its room; one that waits for a job ends at once."""
        self._was_asked = True
        if self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.close()

    async def kill(self) -> None:
        """End it at once, with what it has started, which may have outlived it."""
        with suppress(ProcessLookupError, PermissionError):  # nothing is left, or it ends in this moment
            os.killpg(self._child.pid, signal.SIGKILL)
        self.ask_to_end()
        await self._child.wait()

    def _write(self, line: bytes) -> None:
        """Write without waiting: the pipe takes what the process has not read, and a dead one is noticed by its end."""
        assert self._child.stdin is not None
        if not self._child.stdin.is_closing():
            self._child.stdin.write(line)

    async def _report(self) -> Report | None:
        """Return its next report; None when it has ended, or has closed its stdout. Raises ProcessFailed."""
        assert self._child.stdout is not None
        try:
            line = await self._child.stdout.readline()
            return Report.from_line(line) if line.endswith(b"\n") else None
        except (ValueError, LookupError, TypeError):  # a line without an end is a ValueError, too
            raise ProcessFailed("a job's process has written something on its stdout that is no report") from None

    @staticmethod
    def _end(code: int) -> str:
        if code < 0:
            return f"was killed by signal {-code}"
        meanings = [known.meaning for known in ExitCode if known.value == code]
        return f"ended with exit code {code} ({', '.join(meanings) or 'none of the bot'})"
