"""The tools of a bot, and what runs the calls of its language model."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from bot.agent import Agent
from bot.tools.callable_tool import CallableTool
from bot.tools.context import ToolContext
from bot.tools.loop_access import LoopAccess
from bot.tools.results import bounded_result, result_text
from bot.tools.tool_room import StopsRecording, ToolRoom, Transfer
from pipeline.agent import AgentProfile
from pipeline.errors import SettingsError, ToolError, VoiceBotError, only_error
from pipeline.failure_log import log_failure
from pipeline.messages import Tool, ToolRequest
from pipeline.ports import AgentParts, ToolResult, ToolSession

log = logging.getLogger(__name__)

FAILED = "The tool has failed. Tell the person that it did not work; do not guess what it would have said."
"""What the model reads of a bug; the log has the rest."""

HANDED_OVER = "handed over: {name} leads the conversation from here on"
"""What a call reports that has returned an agent."""


class Toolbox:
    """The tools of one agent, by name. A ToolRunner: whatever happens in a call becomes its result.

    It has functions of its own, and tools of other sources, which all agents of a bot share.
    """

    def __init__(
        self, functions: Iterable[CallableTool], metadata: Mapping[str, Any], offered: frozenset[str] | None = None
    ) -> None:
        """Take functions with different names; `metadata` is for their ToolContext.

        With `offered`, tools of all other names are as if they were not there.
        """
        self._offered = offered
        self._functions = tuple(functions)
        self._changed: tuple[CallableTool, ...] | None = None  # what a call has put in their place, for a conversation
        self._shared: dict[str, tuple[CallableTool, ...]] = {}
        self._metadata = metadata
        self.room: ToolRoom | None = None
        """The room for their ToolContext, once the bot has one."""
        self.transfer: Transfer | None = None
        """What hands the person over to a human being."""
        self.recorder: StopsRecording | None = None
        """What records the call."""
        self.on_change: Callable[[], object] = lambda: None
        """Called when the definitions have changed."""
        self.serve: Callable[[Agent], tuple[AgentProfile, AgentParts]] = _no_other_agent
        """See `AgentAccess.serve`."""

    def beside(self, functions: Iterable[CallableTool]) -> "Toolbox":
        """Return the toolbox of another agent of the same bot."""
        other = Toolbox(functions, self._metadata, self._offered)
        other._shared, other.room, other.transfer = self._shared, self.room, self.transfer
        other.recorder = self.recorder
        other.on_change, other.serve = self.on_change, self.serve
        return other

    @property
    def definitions(self) -> tuple[Tool, ...]:
        """What the model reads of them."""
        return tuple(tool.definition for tool in self._by_name().values())

    def replace(self, source: str, tools: Iterable[CallableTool]) -> None:
        """Take the tools of one more source that is shared, in place of those that it had before."""
        before = self.definitions
        self._shared[source] = tuple(tools)
        if self.definitions != before:
            self.on_change()

    def update_functions(self, tools: Iterable[object]) -> None:
        """Replace the functions for good. Raises SettingsError with every fault."""
        self._functions, self._changed = _bound(tools), None
        self.on_change()

    def update_tools(self, tools: Iterable[object]) -> None:
        """See `AgentAccess.update_tools`."""
        self._changed = _bound(tools)
        self.on_change()

    def end_conversation(self) -> None:
        """Take back what calls have changed: it was for one person."""
        self._changed = None

    async def call(self, request: ToolRequest, session: ToolSession) -> ToolResult:
        """Run one call. Raises nothing but CancelledError."""
        try:
            tool = self._find(request.name)
            value = await self._run(tool, json.loads(request.arguments), session)
            return ToolResult(bounded_result(result_text(value)))
        except ToolError as error:
            return ToolResult(bounded_result(str(error)), is_error=True)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit of libraries, too, which would end the bot
            log_failure(log, "the tool %s has failed", request.name, error=error)
            return ToolResult(FAILED, is_error=True)

    async def _run(self, tool: CallableTool, arguments: Mapping[str, Any], session: ToolSession) -> object:
        """Run one call, with a group for the tasks that its threads need. Raises what the tool raises."""
        try:
            async with asyncio.TaskGroup() as group:
                context = ToolContext(session, self._metadata, LoopAccess(group), self.room, self.transfer, self)
                value = await tool.call(arguments, context)
                if isinstance(value, Agent):
                    context.hand_over(value)
                    value = HANDED_OVER.format(name=value.name)
                return value
        except BaseExceptionGroup as failure:
            raise only_error(failure) from None

    def _find(self, name: str) -> CallableTool:
        """Find a tool that the model was offered; its source may have changed since."""
        if (tool := self._by_name().get(name)) is None:
            raise ToolError(f"There is no tool {name} any more.")
        return tool

    def _by_name(self) -> dict[str, CallableTool]:
        """The agent's own come first, and keep their names."""
        by_name = dict[str, CallableTool]()
        own = self._functions if self._changed is None else self._changed
        for tools in (own, *self._shared.values()):
            for tool in tools:
                if self._offered is None or tool.definition.name in self._offered:
                    by_name.setdefault(tool.definition.name, tool)
        return by_name


def _bound(tools: Iterable[object]) -> tuple[CallableTool, ...]:
    """Make tools ready. Raises SettingsError with every fault."""
    from bot.tools.references import bind_given

    functions, faults = bind_given(tools)
    if faults:
        raise SettingsError(faults)
    return functions


def _no_other_agent(agent: Agent) -> NoReturn:
    raise VoiceBotError(f"the conversation cannot be handed over to {agent.name} here: it has no bot")
