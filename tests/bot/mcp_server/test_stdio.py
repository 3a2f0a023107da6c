"""stdout belongs to the protocol: the official client at a real process whose provider prints all the time."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.bot.mcp_server.mcp_client import ToolClient, command
from tests.support.bot_process import environment
from tests.support.noise import MARK, write_noisy_voice

NOWHERE = {
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": "secret",
    "STT_PROVIDER": "none",
}


@pytest.mark.skipif(sys.platform == "win32", reason="the noise is a POSIX shell's")
async def test_whatever_a_provider_prints_a_client_reads_the_protocol_alone(tmp_path: Path) -> None:
    """Nor does anything of the provider's read what the client has sent."""
    server = command(environment(NOWHERE), tmp_path, "--tts", write_noisy_voice(tmp_path))
    words = shlex.join([server.command, *server.args])
    listened = StdioServerParameters(
        command="sh", args=["-c", f"{words} 2>errors.log | tee answers.log"], env=server.env, cwd=tmp_path
    )
    async with Client(listened) as client:
        assert "say" in {tool.name for tool in (await client.list_tools()).tools}
        assert "ws://127.0.0.1:9" in await ToolClient(client).refuses("join_room", room="blue")
        assert "say" in {tool.name for tool in (await client.list_tools()).tools}
    answers = (tmp_path / "answers.log").read_text("utf-8").splitlines()
    assert answers
    assert all(json.loads(answer)["jsonrpc"] == "2.0" for answer in answers)
    assert MARK in (tmp_path / "errors.log").read_text("utf-8")
