"""`python -m bot doctor`: what it finds of MCP servers and webhooks."""

import asyncio
import json
import socket
import sys
from pathlib import Path

import psutil
import pytest

from bot.doctor import examination, tools
from bot.doctor.examination import collect
from bot.doctor.tools import examine_mcp_server, examine_webhook
from bot.tools.mcp.server_config import McpServer
from bot.tools.webhooks.webhook_config import Webhook
from tests.support.waiting import WAIT_LIMIT

SMALL = str(Path(__file__).parents[1] / "tools" / "small_mcp_server.py")


LOCAL = {"stt": "pocketsphinx", "llm": "responder", "tts": "espeak"}
SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 32}


@pytest.fixture(autouse=True)
def _a_machine_that_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TOOLS_LIMIT", WAIT_LIMIT)


def python(*arguments: str, **more: object) -> McpServer:
    return McpServer("small", command=sys.executable, args=arguments, **more)  # type: ignore[arg-type]


async def test_a_server_is_started_asked_for_its_tools_and_ended() -> None:
    (finding,) = await examine_mcp_server(python(SMALL, deny=("pid",)))
    assert finding.status == "ok"
    assert finding.text == "small is there and offers read_or_die, write_or_die, count"
    assert not [it for it in psutil.Process().children() if SMALL in it.cmdline()]


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (McpServer("small", command="rawbot-no-such-program"), "which is no program here"),
        (python("-c", "import sys; sys.exit('no database')"), "no database"),
        (python(SMALL, allow=("pdi",)), "has no tool pdi, which allow or deny names; it has pid, "),
        (McpServer("small", url="http://127.0.0.1:9/mcp"), "or the bot goes without its tools"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_and_is_no_failure(server: McpServer, told: str) -> None:
    (finding,) = await examine_mcp_server(server)
    assert finding.status == "warn"
    assert told in finding.text


async def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TOOLS_LIMIT", 0.2)
    (finding,) = await examine_mcp_server(python("-c", "import sys; sys.stdin.read()"))
    assert (finding.status, "has not listed its tools" in finding.text) == ("warn", True)


async def test_where_a_webhook_leads_is_looked_at_and_it_is_not_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (finding,) = await examine_webhook(Webhook("book", "Book.", {}, url=f"http://127.0.0.1:{port}/book"))
        assert finding.status == "ok"
        taken, _ = listening.accept()
        with taken:
            taken.settimeout(30.0)
            assert await asyncio.to_thread(taken.recv, 100) == b"", "the end, and nothing before it"
    (finding,) = await examine_webhook(Webhook("book", "Book.", {}, url=f"http://127.0.0.1:{port}/book"))
    assert finding.status == "warn"
    assert f"book: 127.0.0.1:{port} cannot be reached" in finding.text


def test_those_of_the_settings_are_examined(tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"small": {"command": "python", "args": [SMALL]}}}))
    webhook = {"name": "book", "description": "Book.", "url": "http://127.0.0.1:9/book"}
    (tmp_path / "webhooks.json").write_text(json.dumps({"webhooks": [webhook]}))
    files = {"mcp": "mcp.json", "webhooks": "webhooks.json"}
    checks = examination._provider_checks(collect({**LOCAL, **files}, SERVER, tmp_path))
    for _, check in checks:
        check.close()
    assert [subject for subject, _ in checks][-2:] == ["mcp", "webhook"]
