"""An MCP server of the SDK; as a program it talks over stdin and stdout."""

from typing import Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import (
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel


class Weather(BaseModel):
    """What has fields."""

    temperature: float
    conditions: str


class Table(BaseModel):
    """What a person may be asked for."""

    name: str


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def dotted() -> str:
    """Have a name that no model takes."""
    return "dotted"


def rows() -> str:
    """Give JSON as a text."""
    return '[\n  {"name": "Ann"},\n  {"name": "Bo"}\n]'


def show() -> Any:
    """Give what is no text."""
    return CallToolResult(
        content=[
            TextContent(text="Look:"),
            ImageContent(data="A" * 4096, mime_type="image/png"),
            ResourceLink(name="menu", uri="file:///menu.pdf", description="the menu"),
            EmbeddedResource(resource=TextResourceContents(uri="file:///a.txt", text="of a file")),
            EmbeddedResource(resource=BlobResourceContents(uri="file:///b.bin", blob="AAAA")),
        ]
    )


def fail() -> str:
    """Fail."""
    raise ToolError("there is no such row")


def weather(city: Literal["Paris", "Rome"]) -> Weather:
    """Give what has fields, for one of a few cities."""
    return Weather(temperature=21.5, conditions=f"sunny in {city}")


def prices() -> list[int]:
    """Give a list."""
    return [7, 9]


async def clarify(context: Context) -> str:
    """Ask the person for something, in mid-call."""
    return str(await context.elicit("Which table?", Table))


def make_server() -> MCPServer:
    """Make a server with these tools."""
    server = MCPServer("test")

    async def grow(context: Context) -> str:
        """Have one more tool from now on."""
        server.add_tool(dotted, name="grown")
        await context.notify_tools_changed()
        return "grown"

    for function in (add, fail, weather, prices, clarify, grow):
        server.add_tool(function)
    server.add_tool(dotted, name="dotted.name")
    for function in (rows, show):
        server.add_tool(function, structured_output=False)
    return server


if __name__ == "__main__":
    make_server().run("stdio")
