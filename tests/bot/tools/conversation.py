"""A conversation for tools that are called without one, and a short way to call them."""

import json
from collections.abc import Mapping
from typing import Any

from bot.tools.callable_tool import CallableTool
from bot.tools.references import bind_tools
from bot.tools.toolbox import Toolbox
from pipeline.agent import AgentProfile
from pipeline.events import SharedHistory
from pipeline.messages import Message, ToolRequest
from pipeline.ports import AgentParts, ToolResult


class Conversation:
    """A ToolSession that notes what was done to it."""

    is_over = False

    def __init__(self) -> None:
        self.done: list[tuple[str, str | None]] = []
        self.history = (Message("user", "Hello.", 0.0, number=1),)

    def say(self, text: str) -> None:
        self.done.append(("say", text))

    def report_progress(self, text: str) -> None:
        self.done.append(("report_progress", text))

    def disallow_interruptions(self) -> None:
        self.done.append(("disallow_interruptions", None))

    def end_call(self, farewell: str | None) -> None:
        self.done.append(("end_call", farewell))

    def become_scribe(self) -> None:
        self.done.append(("become_scribe", None))

    def hand_over(self, agent: AgentProfile, parts: AgentParts, history: SharedHistory) -> None:
        self.done.append(("hand_over", agent.name))


def bound(*tools: Any) -> tuple[CallableTool, ...]:
    """Make tools ready that have no fault."""
    made, faults = bind_tools(tools)
    assert faults == []
    return made


def schema_of(tool: Any) -> Mapping[str, Any]:
    """The parameters as the model reads them."""
    return bound(tool)[0].definition.parameters


async def called(tool: Any, arguments: Any = None, conversation: Conversation | None = None) -> ToolResult:
    """Call a tool as a model does."""
    toolbox = Toolbox(bound(tool), {"account": 7})
    return await toolbox.call(ToolRequest("1", tool.name, json.dumps(arguments or {})), conversation or Conversation())
