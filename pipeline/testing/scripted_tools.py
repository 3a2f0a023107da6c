"""Tools of a scene: they take as long and return what the scene says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any, Literal

from pipeline.agent import AgentProfile
from pipeline.messages import Tool, ToolRequest
from pipeline.ports import AgentParts, ToolResult, ToolSession
from pipeline.testing.errors import SceneError
from pipeline.testing.recorded_tools import RecordedCalls

ScriptedResult = str | ToolResult | Callable[[ToolSession], Awaitable[str | ToolResult]]
"""A result, or a coroutine function that makes it: it is given what a call may do to the conversation."""


def tool_request(name: str, /, **arguments: object) -> ToolRequest:
    """Return a call of a tool as a language model asks for it, for `ScriptedAnswer(calls=...)`."""
    return ToolRequest("", name, json.dumps(arguments))


@dataclass(frozen=True, slots=True)
class CalledTool:
    """A call that was made, at which second."""

    at: float
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Script:
    tool: Tool
    result: ScriptedResult
    takes: float


class ScriptedTools:
    """A `pipeline.ports.ToolRunner`."""

    def __init__(self) -> None:
        self._scripts: dict[str, _Script] = {}
        self.recorded = RecordedCalls()
        """Calls of a journal, for tools without a script."""
        self.parts = AgentParts()
        """What serves the agents of the scene."""

    def __len__(self) -> int:
        return len(self._scripts)

    def add(self, tool: Tool, result: ScriptedResult, takes: float) -> None:
        """Have a tool return `result` after `takes` seconds; inf is never."""
        self._scripts[tool.name] = _Script(tool, result, takes)

    def offered_by(self, agent: AgentProfile) -> AgentProfile:
        """Return the agent with these tools added to its own, or in their places."""
        own = tuple(tool for tool in agent.tools if tool.name not in self._scripts)
        return replace(agent, tools=(*own, *(script.tool for script in self._scripts.values())))

    async def call(self, request: ToolRequest, session: ToolSession) -> ToolResult:
        """See `ToolRunner.call`."""
        script = self._scripts.get(request.name)
        if script is None and (recorded := self.recorded.take(request)) is not None:
            return await recorded.play(session, self.parts)
        if script is None:
            return ToolResult(f"the scene has no script for it: scene.tool({request.name!r})", is_error=True)
        await (asyncio.Event().wait() if script.takes == inf else asyncio.sleep(script.takes))
        result = await script.result(session) if callable(script.result) else script.result
        return result if isinstance(result, ToolResult) else ToolResult(result)


class ToolScene:
    """The part of a scene that says which tools its bot has."""

    @cached_property
    def scripted_tools(self) -> ScriptedTools:
        """The tools by `tool`."""
        return ScriptedTools()

    def tool(
        self,
        name: str,
        result: ScriptedResult = "done",
        *,
        takes: float = 0.0,
        description: str = "",
        on_interrupt: Literal["finish", "cancel"] = "finish",
        filler: str | None = None,
        timeout: float = 15.0,
    ) -> None:
        """Give the bot a tool that returns `result` after `takes` seconds; with inf it never does.

        `result` may be a coroutine function, which is called with the call's `ToolSession`. The others are fields of
        `Tool`.
        """
        if not takes >= 0:
            raise SceneError(f"tool({name!r}, takes={takes}): give the seconds that it takes")
        declared = Tool(name, description, {}, on_interrupt=on_interrupt, filler=filler, timeout=timeout)
        self.scripted_tools.add(declared, result, takes)
