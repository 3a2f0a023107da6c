"""The tools of one bot: its functions, its webhooks, and its MCP servers, which give theirs when they are ready."""

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
    ) -> None:
        """Take what the settings or the program give. Raises SettingsError for tools that cannot be used."""
        own, hooks = tuple(functions), _webhooks(webhooks, self.http)
        names = Counter(tool.definition.name for tool in (*own, *hooks))
        if twice := [name for name, count in names.items() if count > 1]:
            raise SettingsError([f"there are two tools of the name {name}: rename one of them." for name in twice])
        self.toolbox = Toolbox(own, metadata)
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


def _webhooks(webhooks: Sequence[Webhook], session: Callable[[], "aiohttp.ClientSession"]) -> tuple[CallableTool, ...]:
    if not webhooks:
        return ()
    from bot.tools.webhooks.webhook_tool import make_webhooks

    made, faults = make_webhooks(webhooks, session)
    if faults:
        raise SettingsError(faults)
    return made
