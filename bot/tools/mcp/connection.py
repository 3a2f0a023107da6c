"""The connection to one MCP server: made while the bot joins, and made again when the server has died."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.types import CONNECTION_CLOSED, CallToolResult, Implementation, Tool, ToolListChangedNotification
from pydantic import ValidationError

from bot.tools.mcp.program import Program, Unstartable
from bot.tools.mcp.server_config import McpServer
from pipeline.errors import ToolError, first_error
from pipeline.resilience.backoff import backoff_delay
from pipeline.version import rawbot_version

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to an address."""

START_TIMEOUT = 60.0
"""Seconds in which a server has to list its tools: a program may have to be downloaded first."""

PROBE_TIMEOUT = 3.0
"""Seconds in which a server answers when it is asked whether it still lives."""

RETURN_TIMEOUT = 10.0
"""Seconds for which a call waits for a server that is being started again: less than the timeout of a tool."""

LISTEN_DELAY = 30.0
"""Seconds after which a server is asked again to report changes when its stream has ended: proxies close idle ones."""

LONGEST_DELAY = 30.0
"""Seconds between two attempts at a server that stays away: its tools are missing, but the talk goes on."""

WELL_AFTER = 10.0
"""Seconds after which a connection counts as one that works: the next one is then made at once."""

UNREADABLE = "The tool has answered in a form that cannot be read. Tell the person that it did not work."

UNREACHABLE = "The service cannot be reached. Tell the person that it did not work."

LOST = "The connection was lost during the call, so it is not known whether it was done. Tell the person so."


class McpConnection:
    """One server. `on_tools` is called with its tools whenever they have been listed."""

    def __init__(self, server: McpServer, on_tools: Callable[[Sequence[Tool]], None]) -> None:
        self._server, self._on_tools = server, on_tools
        self._client: Client | None = None
        """While it is connected."""
        self._is_ready = asyncio.Event()
        self._check = asyncio.Event()
        """Set when there is a doubt that the connection works, or that its tools are still the same."""
        self._is_lost = False
        self._has_failed = False

    async def run(self) -> None:
        """Keep the connection, until cancelled. What goes wrong is logged: a conversation does without its tools."""
        loop, attempt = asyncio.get_running_loop(), 0
        while True:
            began_at = loop.time()
            try:
                await self.serve()
            except Unstartable as error:
                log.error("the MCP server %s %s", self._server.name, error)
                return
            except Exception as error:  # noqa: BLE001 - of the server, the network or the SDK
                self._report(error)
            attempt = 0 if loop.time() - began_at > WELL_AFTER else attempt + 1
            await asyncio.sleep(backoff_delay(attempt, random.random(), longest=LONGEST_DELAY))

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, may_repeat: bool, report: Callable[[str], None]
    ) -> CallToolResult:
        """Call a tool, once the server is there; `report` is given what it says of its progress. Raises ToolError.

        A call that was under way when the server died is made once more if it `may_repeat`.
        """

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            if message:  # numbers alone are no words
                report(message)

        for _ in range(2 if may_repeat else 1):
            client = await self._reached()
            try:
                return await client.call_tool(tool, dict(arguments), progress_callback=on_progress)
            except MCPError as error:
                if error.code != CONNECTION_CLOSED:
                    self._check.set()  # one that has been started anew knows nothing of this client
                    raise ToolError(f"The tool has refused: {error.message}") from None
                if client is self._client:
                    self._lose()
            except asyncio.CancelledError:
                self._check.set()  # some servers do not survive that
                raise
            except Exception as error:  # noqa: BLE001 - what the SDK raises of an answer that it cannot read
                log.warning("MCP server %s, called for %s: %s", self._server.name, tool, _without_words(error))
                raise ToolError(UNREADABLE) from None
        raise ToolError(LOST)

    async def _reached(self) -> Client:
        """Wait for the server, which may be on its way back. Raises ToolError."""
        try:
            async with asyncio.timeout(RETURN_TIMEOUT):
                await self._is_ready.wait()
        except TimeoutError:
            raise ToolError(UNREACHABLE) from None
        assert self._client is not None
        return self._client

    async def serve(self) -> None:
        """Connect, and stay until the connection is lost. Raises Unstartable, and ConnectionError for all else."""
        self._is_lost = False
        self._check.clear()
        program = Program(self._server, self._lose)
        streams = program.streams() if self._server.command else _address(self._server)
        try:
            await self._serve_over(streams)
        except Exception as error:
            cause = first_error(error)
            if isinstance(cause, Unstartable):
                raise cause from None
            raise ConnectionError(
                f"{_described(cause)}{f' (it says: {program.said})' if program.said else ''}"
            ) from error
        finally:
            self._client = None
            self._is_ready.clear()

    async def _serve_over(self, streams: AbstractAsyncContextManager[Any]) -> None:
        name = Implementation(name="rawbot", version=rawbot_version() or "0")
        async with asyncio.timeout(START_TIMEOUT) as starting:
            async with Client(streams, client_info=name, message_handler=self._hear) as client:
                client.session.validate_tool_result = _take_as_it_is  # type: ignore[method-assign]
                await self._list(client)
                starting.reschedule(None)
                self._client = client
                self._is_ready.set()
                if self._has_failed:
                    log.info("MCP server %s is back", self._server.name)
                self._has_failed = False
                async with asyncio.TaskGroup() as group:
                    following = group.create_task(self._follow_changes(client))
                    await self._check_until_lost(client)
                    following.cancel()
        raise ConnectionError("it has ended")

    async def _check_until_lost(self, client: Client) -> None:
        """Ask whether the server lives, and for its tools, whenever there is a doubt."""
        while not self._is_lost:
            await self._check.wait()
            self._check.clear()
            if not self._is_lost:
                async with asyncio.timeout(PROBE_TIMEOUT):
                    await self._list(client)

    async def _follow_changes(self, client: Client) -> None:
        """Have a server of the newer protocol say when its tools change: one of the older ones does so unasked."""
        with suppress(MCPError, ListenNotSupportedError):
            while True:
                with suppress(SubscriptionLost):
                    async with client.listen(tools_list_changed=True) as changes:
                        self._check.set()  # they may have changed before it listened
                        async for _ in changes:
                            self._check.set()
                await asyncio.sleep(LISTEN_DELAY)

    async def _list(self, client: Client) -> None:
        """List the tools, which is also how to ask whether a server lives."""
        tools: list[Tool] = []
        cursor: str | None = None
        while True:
            page = await client.list_tools(cursor=cursor, cache_mode="refresh")
            tools += page.tools
            if (cursor := page.next_cursor) is None:
                break
        self._on_tools(tools)

    def _lose(self) -> None:
        self._is_lost = True
        self._is_ready.clear()
        self._check.set()

    async def _hear(self, message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            self._check.set()

    def _report(self, error: Exception) -> None:
        """Log one warning for each time that the server is away."""
        if not self._has_failed:
            log.warning("MCP server %s is away, and is tried again: %s", self._server.name, error)
        self._has_failed = True


def _described(error: BaseException) -> str:
    """Say in one line what is wrong with a server."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"it answers in no form of MCP ({'.'.join(map(str, first['loc']))}: {first['msg']})"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _without_words(error: BaseException) -> str:
    """Say what is wrong with an answer; texts of others' errors may hold what it says."""
    log.debug("an answer that cannot be read: %s", _described(error))
    return _described(error) if isinstance(error, TimeoutError | ValidationError) else type(error).__name__


async def _take_as_it_is(name: str, result: CallToolResult) -> None:
    """Take a result that does not keep its server's own schema: it is one all the same."""


@asynccontextmanager
async def _address(server: McpServer) -> AsyncIterator[tuple[Any, Any]]:
    """Open the streams to an address. The session there is left to its own timeout: leaving must not wait for it."""
    timeout = httpx2.Timeout(CONNECT_TIMEOUT, read=None)  # a call has its own
    async with (
        httpx2.AsyncClient(headers=dict(server.headers), timeout=timeout) as client,
        streamable_http_client(server.url, http_client=client, terminate_on_close=False) as streams,
    ):
        yield streams
