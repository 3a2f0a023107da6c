"""The MCP servers of a bot: side by side, each giving its tools when it is ready."""

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.tools.callable_tool import CallableTool
from bot.tools.context import ToolContext
from bot.tools.function_schema import function_schema
from bot.tools.json_schema import without_nulls
from bot.tools.mcp.server_config import McpServer
from pipeline.errors import ToolError
from pipeline.messages import Tool
from pipeline.text.secrets import hide_secrets

if TYPE_CHECKING:
    from mcp.types import Tool as ListedTool

    from bot.tools.mcp.connection import McpConnection

log = logging.getLogger(__name__)

LONGEST_NAME = 64
"""Characters of a name that OpenAI's API takes."""


class McpTool:
    """One tool of a server, under the name that the model knows it by."""

    def __init__(
        self, name: str, listed: "ListedTool", connection: "McpConnection", timeout: float, keys: Sequence[str]
    ) -> None:
        """`keys` are those that its server was given, which no answer may repeat."""
        schema = function_schema(listed.input_schema)
        self.definition = Tool(name, listed.description or listed.title or listed.name, schema, timeout=timeout)
        hints = listed.annotations
        self._may_repeat = bool(hints and (hints.read_only_hint or hints.idempotent_hint))
        self._listed_name, self._connection, self._keys = listed.name, connection, keys

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """Run one call; the server checks the arguments. Raises ToolError."""
        from bot.tools.mcp.mcp_results import answer_of, hide_in_answer  # loaded with the connection

        given = without_nulls(arguments, self.definition.parameters)
        try:
            answer = await self._connection.call(
                self._listed_name, given, may_repeat=self._may_repeat, report=context.report_progress
            )
            return hide_in_answer(answer_of(answer), self._keys)
        except ToolError as error:
            raise ToolError(hide_secrets(str(error), self._keys)) from None


class McpServers:
    """All servers. `on_tools` is called with a server's name and tools when they are there or have changed."""

    def __init__(self, servers: Sequence[McpServer], on_tools: Callable[[str, Sequence[CallableTool]], None]) -> None:
        self._servers, self._on_tools = servers, on_tools
        self._names: dict[str, tuple[str, str]] = {}
        """Server and tool by the name that the model knows: one name is never given to two tools."""
        self._reported: set[str] = set()
        """Servers whose tools stand in the log, compared with those that are to be allowed and denied."""

    async def run(self, reserved: Collection[str]) -> None:
        """Keep the connections, until cancelled. No tool gets one of the `reserved` names."""
        await asyncio.to_thread(_import_sdk)
        async with asyncio.TaskGroup() as group:
            for server in self._servers:
                group.create_task(self._serve(server, reserved))

    async def _serve(self, server: McpServer, reserved: Collection[str]) -> None:
        from bot.tools.mcp.connection import McpConnection

        def offer(listed: "Sequence[ListedTool]") -> None:
            offered = [tool for tool in listed if server.offers(tool.name) and _is_callable(tool)]
            names = [self._name(server.name, tool.name, reserved) for tool in offered]
            if server.name not in self._reported:
                self._reported.add(server.name)
                _warn_of_unknown(server, [tool.name for tool in listed])
                log.info("MCP server %s offers %s", server.name, ", ".join(names) or "no tools")
            tools = [
                McpTool(name, tool, connection, server.timeout, server.keys)
                for name, tool in zip(names, offered, strict=True)
            ]
            self._on_tools(server.name, tools)

        connection = McpConnection(server, offer)
        await connection.run()

    def _name(self, server: str, tool: str, reserved: Collection[str]) -> str:
        """Name a tool as its server does; when that name is taken, with the server's before it."""
        wanted = [tool, f"{server}_{tool}", *(f"{server}_{tool}_{number}" for number in range(2, 100))]
        for name in (re.sub(r"[^A-Za-z0-9_-]", "_", each)[-LONGEST_NAME:] for each in wanted):
            if name not in reserved and self._names.setdefault(name, (server, tool)) == (server, tool):
                return name
        raise AssertionError("a hundred tools of one name")


def _is_callable(tool: "ListedTool") -> bool:
    """Whether it answers a call: some give a task instead, whose result is to be fetched later."""
    return tool.execution is None or tool.execution.task_support != "required"


def _import_sdk() -> None:
    """In a thread: it takes a second."""
    import bot.tools.mcp.connection
    import bot.tools.mcp.mcp_results  # noqa: F401


def _warn_of_unknown(server: McpServer, listed: Sequence[str]) -> None:
    if unknown := [name for name in (*server.allow, *server.deny) if name not in listed]:
        log.warning("MCP server %s has no tool %s; it has %s", server.name, ", ".join(unknown), ", ".join(listed))
