"""An MCP client for tests: the SDK's own, at a server over stdio, over HTTP, or in the same event loop."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from bot.mcp_server.http import IDLE_DELAY, address_of, serve_http
from bot.mcp_server.setup import Setup
from bot.process.listening_port import listening_socket
from tests.support.bot_process import ROOT
from tests.support.waiting import WAIT_LIMIT

Transport = Literal["stdio", "http"]

TOKEN = "a-token-of-the-tests"


@dataclass
class ToolClient:
    """Calls tools; an unexpected error fails the test with the text that the model would read."""

    client: Client
    progress: list[str | None] = field(default_factory=list)
    """Progress reports of the calls so far."""

    async def __call__(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool; returns its structured result."""
        result = await self._call(tool, arguments)
        assert not result.is_error, _text(result)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async def refuses(self, tool: str, **arguments: object) -> str:
        """Call a tool that fails; returns its error."""
        result = await self._call(tool, arguments)
        assert result.is_error, result.structured_content
        return _text(result)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        async def note(progress: float, total: float | None, message: str | None) -> None:
            self.progress.append(message)

        return await self.client.call_tool(tool, arguments, progress_callback=note)


def _text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@asynccontextmanager
async def connect(transport: Transport, settings: Mapping[str, str], folder: Path) -> AsyncIterator[ToolClient]:
    """A client at a server of its own: the command in a process, or the HTTP server in this one."""
    if transport == "stdio":
        async with Client(command(settings, folder)) as client:
            yield ToolClient(client)
        return
    async with http_server(settings, folder) as address, http_client(address) as at:
        yield at


def command(settings: Mapping[str, str], folder: Path, *flags: str) -> StdioServerParameters:
    """As a host starts it."""
    environ = {**settings, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return StdioServerParameters(command=sys.executable, args=["-m", "bot", "mcp", *flags], env=environ, cwd=folder)


@asynccontextmanager
async def http_server(
    settings: Mapping[str, str], folder: Path, *, idle_delay: float = IDLE_DELAY
) -> AsyncIterator[str]:
    """The server in this process; yields its address."""
    bound, stop = listening_socket(0), asyncio.Event()
    serving = serve_http(Setup({}, settings, folder), bound, TOKEN, stop=stop, idle_delay=idle_delay)
    async with asyncio.TaskGroup() as group:
        group.create_task(serving)
        try:
            yield address_of(bound)
        finally:
            stop.set()


@asynccontextmanager
async def http_client(address: str, token: str = TOKEN, *, says_goodbye: bool = True) -> AsyncIterator[ToolClient]:
    """A client with a token; one that does not say goodbye vanishes at the end."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=WAIT_LIMIT, trust_env=False) as http:
        transport = streamable_http_client(address, http_client=http, terminate_on_close=says_goodbye)
        async with Client(transport) as client:
            yield ToolClient(client)
