"""The MCP server: its tools, its resource, and its instructions for the calling model."""

from collections.abc import Callable
from io import TextIOWrapper
from typing import Any

import anyio
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, InputRequiredResult, Tool, ToolAnnotations
from pydantic import ValidationError

from bot.mcp_server import tools_rooms, tools_talk, views
from bot.mcp_server.sessions import Sessions, current_client, identify_client, lifespan
from bot.mcp_server.setup import Setup
from bot.process.standard_streams import reserve_stdin, stdout
from bot.tools.faults import describe_invalid, describe_unknown
from pipeline.version import rawbot_version

INSTRUCTIONS = """\
You talk by voice with a person in a room: join_room, then ask (or say and listen), at last leave_room. Whatever you \
say is spoken aloud, so use short, plain sentences. What the person says was heard by a speech recognizer: take an odd \
word for one that sounds like it. Every call comes back within 45 seconds; still_listening means that the person has \
not begun or not finished: call listen again. If nothing is heard, `problem` says why, and send_message reaches a \
person who cannot hear you. For a longer exchange with a clear goal, converse talks by itself and reports."""

TRANSCRIPT = "room://transcript"

READ_ONLY = (tools_rooms.list_rooms, tools_rooms.room_status, tools_talk.get_transcript)
"""Read-only tools: hosts need not ask before they are used."""

TOOLS: tuple[Callable[..., Any], ...] = (
    tools_rooms.join_room,
    tools_talk.ask,
    tools_talk.say,
    tools_talk.listen,
    tools_talk.converse,
    tools_talk.interrupt,
    tools_rooms.send_message,
    tools_rooms.leave_room,
    *READ_ONLY,
)


def make_server(
    setup: Setup, *, token_verifier: TokenVerifier | None = None, auth: AuthSettings | None = None
) -> MCPServer[Sessions]:
    """Make the server for one transport, stdio or HTTP."""
    server = _Server(
        "rawbot",
        title="Voice room",
        instructions=INSTRUCTIONS,
        version=rawbot_version() or "",
        lifespan=lifespan(setup),
        middleware=[identify_client],
        token_verifier=token_verifier,
        auth=auth,
    )
    for tool in TOOLS:
        is_read_only = tool in READ_ONLY
        server.add_tool(tool, description=_one_line(tool), annotations=ToolAnnotations(read_only_hint=is_read_only))
    server.resource(TRANSCRIPT, name="transcript", description="The conversation in the room, as it was heard.")(
        transcript
    )
    return server


class _Server(MCPServer[Sessions]):
    async def run_stdio_async(self) -> None:
        """Serve over the process's stdin and stdout, which must have been reserved.

        The SDK reserves them, too, but only now: a provider's module that printed when it was imported wrote into them.
        """
        messages = TextIOWrapper(reserve_stdin(), encoding="utf-8", errors="replace")
        answers = TextIOWrapper(stdout().buffer, encoding="utf-8")
        async with stdio_server(anyio.wrap_file(messages), anyio.wrap_file(answers)) as (read, write):
            server = self._lowlevel_server
            await server.run(read, write, server.create_initialization_options())

    async def list_tools(self) -> list[Tool]:
        """List the tools, each with a schema that allows no arguments but its own."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema["additionalProperties"] = False
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Sessions, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Refuse unknown arguments, which the SDK drops, and report invalid ones in one line, without its link."""
        for tool in await self.list_tools():
            known = tuple(tool.input_schema["properties"])
            if tool.name == name and (unknown := [argument for argument in arguments if argument not in known]):
                raise ToolError(describe_unknown(name, unknown, known))
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(describe_invalid(error.__cause__)) from error.__cause__
            raise


def transcript() -> str:
    """Return the transcript, a line for each turn."""
    session = current_client().last
    lines = views.lines(session.bot) if session is not None else []
    speakers = {"you": "bot", "person": "person"}  # the reader may be neither
    return "\n".join(
        f"{speakers[line.speaker]}: {line.text}{' [interrupted]' if line.interrupted else ''}" for line in lines
    )


def _one_line(tool: Callable[..., Any]) -> str:
    return " ".join(str(tool.__doc__).split())
