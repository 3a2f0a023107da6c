"""An MCP server that is a program: messages over its stdin and stdout, one a line, and its certain end.

The SDK has a transport of its own, which waits up to six seconds for a program that does not want to end, reports to
nobody that one has ended, and logs a traceback for each line that is no message.
"""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

from bot.process.child_process import group_dying_with_parent
from bot.tools.mcp.server_config import McpServer

log = logging.getLogger(__name__)

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of a message; a longer one counts as the end of the program."""

GRACE = 0.5
"""Seconds for a program to end by itself once its stdin is closed, as the protocol wants it; then it is killed."""

NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
"""Variables without which a program reaches nothing in many networks; in small letters, too."""

LAST_LINES = 5
"""Lines of a program's stderr in the error when it fails."""


class Unstartable(Exception):
    """A program that cannot be started, whatever is tried: half a sentence that says what to do."""


class Program:
    """One run of the program. `on_end` is called when its stdout has ended."""

    def __init__(self, server: McpServer, on_end: Callable[[], None]) -> None:
        self._server, self._on_end = server, on_end
        self._stderr: deque[str] = deque(maxlen=LAST_LINES)
        self._has_written_rubbish = False
        self._is_called = False
        """From then on what it writes to stderr may hold what was said, and is not shown."""

    @property
    def said(self) -> str:
        """The last lines of its stderr before it was called, in one."""
        return " | ".join(self._stderr)

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """Start it; give the streams of messages from it and to it. Raises Unstartable, OSError."""
        process = await self._start()
        incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._read(process, incoming)),
                    group.create_task(self._write(process, outgoing)),
                    group.create_task(self._read_stderr(process)),
                ]
                try:
                    yield received, sent
                finally:
                    for task in tasks:
                        task.cancel()
        finally:
            await _end(process)
            for stream in (incoming, received, sent, outgoing):
                stream.close()

    async def _start(self) -> Process:
        server = self._server
        try:
            path = server.program()
        except ValueError as error:
            raise Unstartable(error) from None
        return await asyncio.create_subprocess_exec(
            *group_dying_with_parent([path, *server.args]),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment(server),
            cwd=server.cwd,
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for the bot, and a program is ended with all that it has started
        )

    async def _read(self, process: Process, incoming: Any) -> None:
        assert process.stdout is not None
        with incoming, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            async for line in _lines(process.stdout):
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    self._note_rubbish(line)
                else:
                    await incoming.send(SessionMessage(message))
        self._on_end()

    async def _write(self, process: Process, outgoing: Any) -> None:
        assert process.stdin is not None
        with outgoing, suppress(OSError):  # its end is noticed where it is read
            async for sent in outgoing:
                self._is_called |= getattr(sent.message, "method", "") == "tools/call"
                process.stdin.write(sent.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await process.stdin.drain()

    async def _read_stderr(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in _lines(process.stderr):
            if text := line.decode("utf-8", "replace").strip()[:200]:
                if not self._is_called:
                    self._stderr.append(text)
                log.debug("MCP server %s: %s", self._server.name, text)

    def _note_rubbish(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()[:80]
        if text and not self._has_written_rubbish:
            self._has_written_rubbish = True
            log.warning(
                "MCP server %s writes to its stdout what is no message; have it write that to stderr", self._server.name
            )
            log.debug("MCP server %s writes to its stdout: %r", self._server.name, text)


def environment(server: McpServer) -> dict[str, str]:
    """Return the variables of its program: its own, and those of this process that hold no keys."""
    names = [*NETWORK, *(name.lower() for name in NETWORK)]
    network = {name: os.environ[name] for name in names if name in os.environ}
    return {**get_default_environment(), **network, **server.env}


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    with suppress(ValueError):  # of a line beyond the limit
        while line := await stream.readline():
            yield line


async def _end(process: Process) -> None:
    """End a program, and whatever it has started, in bounded time."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    finally:
        _kill(process)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await process.wait()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
