"""A session that names its tools is offered those, of whatever source; all others are as if they were not there."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from bot.assembly.tools import BotTools
from bot.tools.builtin import current_time, end_call
from bot.tools.mcp.server_config import McpServer, read_servers
from bot.tools.webhooks.webhook_config import read_webhooks
from pipeline.errors import SettingsError
from pipeline.messages import ToolRequest
from tests.bot.tools.conversation import Conversation, bound

ORDER = {"name": "order", "description": "Order.", "url": "http://127.0.0.1:1/"}
(SERVER,), _ = read_servers({"mcpServers": {"shop": {"command": "never-started"}}}, None)


def tools_of(offered: Sequence[str] | None, servers: Sequence[McpServer] = ()) -> BotTools:
    webhooks, faults = read_webhooks({"webhooks": [ORDER]}, {})
    assert faults == []
    return BotTools(bound(current_time), webhooks, servers, {}, offered)


def names(toolbox: Any) -> list[str]:
    return [each.name for each in toolbox.definitions]


@pytest.mark.parametrize(
    ("offered", "left"),
    [
        (None, ["current_time", "order"]),
        ((), []),
        (("order",), ["order"]),
        (("order", "current_time"), ["current_time", "order"]),
    ],
)
def test_what_is_offered(offered: Sequence[str] | None, left: list[str]) -> None:
    assert names(tools_of(offered).toolbox) == left


async def test_what_is_not_offered_cannot_be_called() -> None:
    result = await tools_of(("order",)).toolbox.call(ToolRequest("1", "current_time", "{}"), Conversation())
    assert result.is_error
    assert "There is no tool current_time" in result.text


def test_it_holds_for_other_agents_and_for_what_comes_later() -> None:
    toolbox = tools_of(("end_call",), [SERVER]).toolbox
    assert names(toolbox) == []
    assert names(toolbox.beside(bound(end_call, current_time))) == ["end_call"]
    toolbox.replace("shop", bound(end_call, current_time))
    assert names(toolbox) == ["end_call"]
    toolbox.update_functions([current_time])
    assert names(toolbox) == ["end_call"]


def test_an_unknown_tool_is_a_fault_unless_an_mcp_server_may_have_it(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SettingsError, match="no tool 'pay', 'end_call' here; there are: current_time, order"):
        tools_of(("pay", "order", "end_call"))
    caplog.set_level(logging.INFO)
    tools_of(("pay", "order"), [SERVER])
    assert "expected of MCP servers: 'pay'" in caplog.text
