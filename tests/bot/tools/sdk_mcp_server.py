"""An MCP server of the SDK: a program, or an address with `python sdk_mcp_server.py http PORT`."""

import sys
from typing import Any

from mcp.server.mcpserver import MCPServer
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

server = MCPServer("test")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="dotted.name")
def dotted() -> str:
    """Have a name that no model takes."""
    return "dotted"


@server.tool(structured_output=False)
def rows() -> str:
    """Give JSON as a text."""
    return '[\n  {"name": "Ann"},\n  {"name": "Bo"}\n]'


@server.tool(structured_output=False)
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


@server.tool()
def fail() -> str:
    """Fail."""
    raise ToolError("there is no such row")


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        server.run("streamable-http", port=int(sys.argv[2]))
    else:
        server.run("stdio")
