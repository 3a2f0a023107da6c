"""The example that answers questions about a database: a real file, and a real MCP server in front of it."""

import asyncio
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from pipeline.messages import Prompt
from pipeline.testing import Scene

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / "database.py"))


def told(prompt: Prompt) -> str:
    """The answer of a language model that reads the rows."""
    price = re.search(r"\d+", prompt.messages[-1].text)
    return f"It costs {price and price[0]} euros."


@pytest.mark.slow
@pytest.mark.timeout(700)  # the server may have to be installed first
async def test_a_question_is_answered_from_the_database(
    example: dict[str, Any], sqlite_server: Path, tmp_path: Path
) -> None:
    example["make_shop"](tmp_path / "shop.db")
    scene = Scene()
    scene.llm.calls("read_query", query="SELECT price_eur FROM tea WHERE name = 'Assam'")
    scene.llm.reply = told
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(example["serve"](scene, tmp_path / "shop.db", [str(sqlite_server)]))
        async with asyncio.timeout(60.0):
            while not (scene.has_begun and scene.session.state.agent.tools):  # noqa: ASYNC110 - a program needs not know
                await asyncio.sleep(0.05)
        names = {tool.name for tool in scene.session.state.agent.tools}
        assert names == {"list_tables", "describe_table", "read_query"}, "write_query is not allowed"
        scene.person.says("What does Assam cost?")
        await scene.hears("euros.", within=60.0)
        serving.cancel()
    (call,) = [text for role, text in scene.history if role == "tool"]
    assert call == "[{'price_eur': 7}]"  # by the real clock a busy machine may tear the answer: what came is enough


def test_the_command_line_starts_the_same_server(example: dict[str, Any]) -> None:
    (shop,) = json.loads((EXAMPLES / "mcp.json").read_text("utf-8"))["mcpServers"].values()
    assert (shop["command"], *shop["args"]) == (*example["PROGRAM"], "--db-path", "shop.db")
    assert shop["allow"] == example["READING"]
