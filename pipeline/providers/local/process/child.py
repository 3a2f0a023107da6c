"""A speech engine in a process of its own: engines hold the GIL for long, and a crash of one is then not ours."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self, cast

from pipeline.errors import Refused, Unavailable
from pipeline.module_process import module_command, module_environment, without_secrets
from pipeline.providers.local.process.frames import Frame, FrameReader, Kind, encode

READY_TIMEOUT = 30.0
"""Seconds until an engine has loaded its data: half a second when the disk is not cold and the machine is not busy."""

START_TIMEOUT = READY_TIMEOUT + 1.0
"""Seconds for a provider's first answer, its `start_timeout` (see `pipeline.ports`): longer than READY_TIMEOUT, so that
the error names the process that was not ready."""

LOADING_INTERVAL = 3.0
"""Seconds after which the log says that an engine is still loading, and between two such lines."""

EXIT_TIMEOUT = 1.0
"""Seconds until the system reports that a process has ended, or was killed."""

STARTED_ANEW = "it is started anew when needed"

log = logging.getLogger(__name__)


class Child(asyncio.SubprocessProtocol):
    """One child process that takes orders and gives answers in frames; made by `start`.

    It ends with this process, however that ends: its stdin is then closed. Whatever the module prints is dropped.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._reader = FrameReader()
        # Not bounded: it holds no more than the answers to what was asked. None: there will be no more.
        self._answers: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._exited = asyncio.Event()
        self._silent = False
        self._transport: asyncio.SubprocessTransport | None = None

    @classmethod
    async def start(cls, provider: str, module: str, *arguments: str) -> Self:
        """Run `python -m module` and wait until it is ready. Raises ProviderError; errors begin with `provider`."""
        try:
            _, child = await asyncio.get_running_loop().subprocess_exec(
                lambda: cls(provider),
                *module_command(module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=module_environment(without_secrets(os.environ)),
                start_new_session=True,  # Ctrl-C in the terminal is for us, who then end the child
            )
        except OSError as error:
            raise Unavailable(provider, f"its process could not be started ({error.strerror})") from error
        try:
            async with asyncio.timeout(READY_TIMEOUT):
                with _loading(provider):
                    await child.receive()
        except TimeoutError as error:
            await child.close()
            raise Unavailable(provider, f"its process was not ready within {READY_TIMEOUT:.0f} s") from error
        except BaseException:
            await child.close()
            raise
        return child

    @property
    def is_alive(self) -> bool:
        """Whether it takes orders."""
        return not self._silent

    def order(self, kind: Kind, payload: bytes = b"") -> None:
        """Send a frame; `receive` reports when the child has died."""
        assert self._transport is not None
        stdin = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        if not stdin.is_closing():
            stdin.write(encode(kind, payload))

    async def receive(self, timeout: float | None = None) -> Frame:
        """The next answer. Raises Refused when the child says that it will never do, Unavailable when it died.

        With a `timeout`, a child that has not answered after so many seconds has hung: it is killed, and Unavailable.
        """
        try:
            async with asyncio.timeout(timeout):
                answer = await self._answers.get()
        except TimeoutError as error:
            await self.close()
            raise Unavailable(self._provider, f"its process does not answer; {STARTED_ANEW}") from error
        if answer is None:
            self._answers.put_nowait(None)  # for whoever asks next
            raise Unavailable(self._provider, f"its process {await self._end()}; {STARTED_ANEW}")
        kind, payload = answer
        if kind is Kind.REFUSED:
            raise Refused(self._provider, payload.decode())
        return answer

    async def close(self) -> None:
        """Kill it, if it still runs; never raises."""
        assert self._transport is not None
        try:
            if self._silent:
                await self._end()  # closing would take its exit status from under the loop's nose
        finally:
            self._silent = True
            self._transport.close()  # also when whoever waits is called off
        await self._end()

    async def _end(self) -> str:
        """How it ended."""
        assert self._transport is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_TIMEOUT):
                await self._exited.wait()
        status = self._transport.get_returncode()
        if status is None:
            return "has closed its pipe"
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """A piece of its answers."""
        for frame in self._reader.feed(data):
            self._answers.put_nowait(frame)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """It reads, or answers, no more."""
        self._silent = True
        if fd == 1:
            self._answers.put_nowait(None)

    def process_exited(self) -> None:
        """It has ended."""
        self._exited.set()


@contextmanager
def _loading(provider: str) -> Iterator[None]:
    """Log how long the engine takes to load: nobody is to wonder why the bot does not listen yet."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    timer: asyncio.TimerHandle

    def report() -> None:
        nonlocal timer
        log.warning("%s is still loading, %.0f s so far", provider, loop.time() - began_at)
        timer = loop.call_later(LOADING_INTERVAL, report)

    timer = loop.call_later(LOADING_INTERVAL, report)
    try:
        yield
        log.info("%s is ready after %.1f s", provider, loop.time() - began_at)
    finally:
        timer.cancel()
