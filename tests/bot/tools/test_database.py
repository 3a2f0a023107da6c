"""A question that is asked by voice, answered from a SQLite database by mcp-server-sqlite, which others wrote."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bot import VoiceBot
from pipeline.messages import Prompt
from pipeline.testing import Scene

ROOT = Path(__file__).resolve().parents[3]

PACKAGES = ("mcp-server-sqlite==2025.4.25", "mcp<2")
"""The server is older than version 2 of the SDK, and says no bound."""


@pytest.fixture
def sqlite_server(tmp_path: Path) -> Path:
    """The program mcp-server-sqlite, in an environment of its own."""
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    command = [str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        pytest.skip(f"mcp-server-sqlite cannot be installed here: {done.stderr.strip()[-300:]}")
    return programs / "mcp-server-sqlite"


@pytest.mark.slow
@pytest.mark.timeout(700)
async def test_a_question_is_answered_from_the_database(sqlite_server: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE tea (name TEXT, price INTEGER)")
        database.execute("INSERT INTO tea VALUES ('Assam', 7), ('Sencha', 9)")
    database.close()
    (shop,) = json.loads((ROOT / "examples" / "mcp.json").read_text("utf-8"))["mcpServers"].values()
    shop |= {"command": str(sqlite_server), "args": ["--db-path", str(tmp_path / "shop.db")]}

    def told(prompt: Prompt) -> str:
        price = re.search(r"\d+", prompt.messages[-1].text)
        return f"It costs {price and price[0]} euros."

    scene = Scene()
    scene.llm.calls("read_query", query="SELECT price FROM tea WHERE name = 'Assam'")
    scene.llm.reply = told
    async with VoiceBot(room=scene, mcp_servers={"shop": shop}) as bot:
        async with asyncio.timeout(60.0):
            while not scene.session.state.agent.tools:  # noqa: ASYNC110 - a program needs not know
                await asyncio.sleep(0.05)
        names = {tool.name for tool in scene.session.state.agent.tools}
        assert names == {"list_tables", "describe_table", "read_query"}, "write_query is not allowed"
        scene.person.says("What does Assam cost?")
        await scene.hears("euros.", within=60.0)
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.text == "[{'price': 7}]"
    scene.assert_heard("it costs 7")
