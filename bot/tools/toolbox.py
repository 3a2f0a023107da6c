"""The tools of a bot, and what runs the calls of its language model."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.tools.callable_tool import CallableTool
from bot.tools.context import ToolContext
from bot.tools.loop_access import LoopAccess
from bot.tools.results import bounded, result_text
from bot.tools.tool_room import ToolRoom
from pipeline.errors import ToolError, only_error
from pipeline.messages import Tool, ToolRequest
from pipeline.ports import ToolResult, ToolSession

log = logging.getLogger(__name__)

FAILED = "The tool has failed. Tell the person that it did not work; do not guess what it would have said."
"""What the model is told of a bug; the log has the rest."""

OWN = ""
"""The source of the tools that are there from the beginning."""


class Toolbox:
    """The tools by name. A ToolRunner: whatever happens in a call becomes its result."""

    def __init__(self, tools: Iterable[CallableTool], metadata: Mapping[str, Any]) -> None:
        """Take tools with different names; `metadata` is for their ToolContext."""
        self._sources = {OWN: tuple(tools)}
        self._metadata = metadata
        self.room: ToolRoom | None = None
        """The room for their ToolContext, once the bot has one."""
        self.on_change: Callable[[tuple[Tool, ...]], None] = lambda definitions: None
        """Called with all definitions when they have changed."""

    @property
    def definitions(self) -> tuple[Tool, ...]:
        """What the model reads of them."""
        return tuple(tool.definition for tools in self._sources.values() for tool in tools)

    def replace(self, source: str, tools: Iterable[CallableTool]) -> None:
        """Take the tools of one more source, in place of those that it had before."""
        before = self.definitions
        self._sources[source] = tuple(tools)
        if self.definitions != before:
            self.on_change(self.definitions)

    async def call(self, request: ToolRequest, session: ToolSession) -> ToolResult:
        """Run one call. Raises nothing but CancelledError."""
        try:
            tool = self._find(request.name)
            value = await self._run(tool, json.loads(request.arguments), session)
            return ToolResult(bounded(result_text(value)))
        except ToolError as error:
            return ToolResult(bounded(str(error)), is_error=True)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except BaseException:  # libraries that end a program raise SystemExit, which would end the bot
            log.exception("the tool %s has failed", request.name)
            return ToolResult(FAILED, is_error=True)

    async def _run(self, tool: CallableTool, arguments: Mapping[str, Any], session: ToolSession) -> object:
        """Run one call, with a group for the tasks that its threads need. Raises what the tool raises."""
        try:
            async with asyncio.TaskGroup() as group:
                context = ToolContext(session, self._metadata, LoopAccess(group), self.room)
                return await tool.call(arguments, context)
        except BaseExceptionGroup as failure:
            raise only_error(failure) from None

    def _find(self, name: str) -> CallableTool:
        """Find a tool that the model was offered; its source may have changed since."""
        for tools in self._sources.values():
            for tool in tools:
                if tool.definition.name == name:
                    return tool
        raise ToolError(f"There is no tool {name} any more.")
