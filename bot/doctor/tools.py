"""The tools that a bot would have from elsewhere: MCP servers are started, and where webhooks lead is looked at.

A bot talks without them, so none of this is a failure. Nothing is called: that would do whatever the tool does.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.doctor.finding import Finding
from bot.tools.mcp.server_config import McpServer
from bot.tools.webhooks.webhook_config import Webhook
from pipeline.errors import first_error

if TYPE_CHECKING:
    from mcp.types import Tool

TOOLS_LIMIT = 4.0
"""Seconds for a server to list its tools, and for a connection to where a webhook leads."""

SHOWN = 8
"""Names of tools that are shown."""


async def examine_mcp_server(server: McpServer) -> list[Finding]:
    """Start a server, have it list its tools, and end it."""
    from bot.tools.mcp.program import Unstartable

    try:
        async with asyncio.timeout(TOOLS_LIMIT):
            listed = await _listed(server)
    except TimeoutError:
        late = f"has not listed its tools within {TOOLS_LIMIT:g} s: if it is downloaded first, start it once by hand"
        return [_finding(server, late)]
    except Exception as error:  # noqa: BLE001 - of the server, the network or the SDK
        cause = first_error(error)
        advice = "" if isinstance(cause, Unstartable) else "; correct it, or the bot goes without its tools"
        return [_finding(server, f"{cause}{advice}")]
    names = [tool.name for tool in listed]
    offered = [name for name in names if server.offers(name)]
    unknown = [name for name in (*server.allow, *server.deny) if name not in names]
    if unknown:
        return [_finding(server, f"has no tool {', '.join(unknown)}, which allow or deny names; it has {_some(names)}")]
    if not offered:
        return [_finding(server, "offers no tool")]
    return [Finding("mcp", "ok", f"{server.name} is there and offers {_some(offered)}")]


async def examine_webhook(webhook: Webhook) -> list[Finding]:
    """Open a connection to where a webhook leads, and send nothing."""
    parts = urlsplit(webhook.url)
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    place = f"{parts.hostname}:{port}"
    try:
        async with asyncio.timeout(TOOLS_LIMIT):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=is_secure or None)
            writer.close()
    except TimeoutError:
        return [Finding("webhook", "warn", f"{webhook.name}: no answer from {place} within {TOOLS_LIMIT:g} s")]
    except OSError as error:
        why = error.strerror or str(error)
        return [Finding("webhook", "warn", f"{webhook.name}: {place} cannot be reached ({why}): correct its url")]
    return [Finding("webhook", "ok", f"{webhook.name}: {place} can be reached; it was not called")]


async def _listed(server: McpServer) -> "Sequence[Tool]":
    from bot.tools.mcp.connection import McpConnection

    listed: list[Sequence[Tool]] = []
    is_there = asyncio.Event()

    def take(tools: "Sequence[Tool]") -> None:
        listed.append(tools)
        is_there.set()

    connection = McpConnection(server, take)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(connection.serve())  # an error of it ends the wait
        await is_there.wait()
        serving.cancel()
    return listed[0]


def _finding(server: McpServer, text: str) -> Finding:
    return Finding("mcp", "warn", f"{server.name}: {text}")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
