"""The server: its tools, its resource, and what an assistant should know before it uses them."""

from collections.abc import Callable
from typing import Any

from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from bot.mcp_server import tools_rooms, tools_talk
from bot.mcp_server import views as telling
from bot.mcp_server.errors import arguments_told
from bot.mcp_server.sessions import Sessions, current_assistant, find_assistant, lifespan
from bot.mcp_server.setup import Setup
from pipeline.version import rawbot_version

INSTRUCTIONS = """\
You talk by voice with a person in a room: join_room, then ask (or say and listen), at last leave_room. Whatever you \
say is spoken aloud, so use short, plain sentences. What the person says was heard by a speech recognizer: take an odd \
word for one that sounds like it. Every call comes back within 45 seconds; still_listening means that the person has \
not begun or not finished: call listen again. If nothing is heard, `problem` says why, and send_message reaches a \
person who cannot hear you. For a longer exchange with a clear goal, converse talks by itself and reports."""

TRANSCRIPT = "room://transcript"

LOOKS = (tools_rooms.list_rooms, tools_rooms.room_status, tools_talk.get_transcript)
"""Tools that change nothing: hosts need not ask before they are used."""

TOOLS: tuple[Callable[..., Any], ...] = (
    tools_rooms.join_room,
    tools_talk.ask,
    tools_talk.say,
    tools_talk.listen,
    tools_talk.converse,
    tools_talk.interrupt,
    tools_rooms.send_message,
    tools_rooms.leave_room,
    *LOOKS,
)


def make_server(
    setup: Setup, *, token_verifier: TokenVerifier | None = None, auth: AuthSettings | None = None
) -> MCPServer[Sessions]:
    """For one transport, stdio or HTTP."""
    server = _Server(
        "rawbot",
        title="Voice room",
        instructions=INSTRUCTIONS,
        version=rawbot_version() or "",
        lifespan=lifespan(setup),
        middleware=[find_assistant],
        token_verifier=token_verifier,
        auth=auth,
    )
    for tool in TOOLS:
        is_look = tool in LOOKS
        server.add_tool(tool, description=_one_line(tool), annotations=ToolAnnotations(read_only_hint=is_look))
    server.resource(TRANSCRIPT, name="transcript", description="The conversation in the room, as it was heard.")(
        transcript
    )
    return server


class _Server(MCPServer[Sessions]):
    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Sessions, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """The SDK tells of a wrong argument in several lines, with a link to read about it."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(arguments_told(error.__cause__)) from error.__cause__
            raise


def transcript() -> str:
    """A line for each turn."""
    stay = current_assistant().last
    lines = telling.lines(stay.bot) if stay is not None else []
    speakers = {"you": "bot", "person": "person"}  # who reads it may be neither
    return "\n".join(
        f"{speakers[line.speaker]}: {line.text}{' [interrupted]' if line.interrupted else ''}" for line in lines
    )


def _one_line(tool: Callable[..., Any]) -> str:
    return " ".join(str(tool.__doc__).split())
