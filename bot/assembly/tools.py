"""The tools of one bot: its functions, its webhooks, and its MCP servers, which give theirs when they are ready."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.tools.callable_tool import CallableTool
from bot.tools.mcp.server_config import McpServer
from bot.tools.mcp.servers import McpServers
from bot.tools.toolbox import Toolbox
from bot.tools.webhooks.webhook_config import Webhook
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

WEBHOOKS = ""
"""The source of these tools; the others are named by their MCP servers."""


class BotTools:
    """Lives as long as its bot."""

    def __init__(
        self,
        functions: Iterable[CallableTool],
        webhooks: Sequence[Webhook],
        servers: Sequence[McpServer],
        metadata: Mapping[str, Any],
        offered: Sequence[str] | None = None,
    ) -> None:
        """Take what the settings or the program give; only those of the names in `offered` count, where it is given.

        Raises SettingsError for tools that cannot be used, and for names that no tool has.
        """
        own, hooks = tuple(functions), _webhooks(webhooks, self.http)
        names = Counter(tool.definition.name for tool in (*own, *hooks))
        if twice := [name for name, count in names.items() if count > 1]:
            raise SettingsError([f"there are two tools of the name {name}: rename one of them." for name in twice])
        if missing := [name for name in offered or () if name not in names]:
            _explain_missing(missing, names, servers)
        self.toolbox = Toolbox(own, metadata, None if offered is None else frozenset(offered))
        """The tools of the agent that the bot begins with."""
        self.toolbox.replace(WEBHOOKS, hooks)
        self._servers = McpServers(servers, self.toolbox.replace) if servers else None
        self._client: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Keep the connections to the MCP servers, until cancelled."""
        if self._servers is not None:
            await self._servers.run({tool.name for tool in self.toolbox.definitions})

    async def aclose(self) -> None:
        """Close the connections of the webhooks."""
        if self._client is not None:
            await self._client.close()

    def http(self) -> "aiohttp.ClientSession":
        """Return the HTTP client; made at its first use, in the event loop."""
        import aiohttp

        if self._client is None:
            self._client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._client


def _explain_missing(missing: Sequence[str], known: Iterable[str], servers: Sequence[McpServer]) -> None:
    """Expect tools that are not there of the MCP servers, which list theirs later. Raises SettingsError without any."""
    if not servers:
        named, there = ", ".join(map(repr, missing)), ", ".join(known) or "none"
        raise SettingsError([f"there is no tool {named} here; there are: {there}."])
    log.info("expected of MCP servers: %s", ", ".join(map(repr, missing)))


def _webhooks(webhooks: Sequence[Webhook], session: Callable[[], "aiohttp.ClientSession"]) -> tuple[CallableTool, ...]:
    if not webhooks:
        return ()
    from bot.tools.webhooks.webhook_tool import make_webhooks

    made, faults = make_webhooks(webhooks, session)
    if faults:
        raise SettingsError(faults)
    return made
