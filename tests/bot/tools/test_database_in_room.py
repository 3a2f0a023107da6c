"""A question that is asked by voice in a real room, and answered from a real database: `python -m bot --mcp FILE`."""

import asyncio
import json
import re
import runpy
from pathlib import Path

import pytest

from pipeline.audio import LISTEN_RATE
from tests.bot.conftest import NewCaller, StartBot
from tests.support.access import Server
from tests.support.bot_process import NO_PROVIDERS, server_settings
from tests.support.command import leaves
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import Body, OpenAISimulator, Reply, ToolCall
from tests.support.sentences import sentence
from tests.support.tone_code import words_in

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
KEY = "simulated-key"
QUESTION = "What does Sencha cost?"
QUERY = "SELECT price_eur FROM tea WHERE name = 'Sencha'"
ANSWER = ["sencha", "costs", "9", "euros"]


def answer(body: Body) -> Reply:
    """Look the price up, and tell the number that the row has."""
    last = body["messages"][-1]
    if last["role"] != "tool":
        return [ToolCall("read_query", {"query": QUERY})]
    price = re.search(r"\d+", last["content"])
    return f"Sencha costs {price and price[0]} euros."


@pytest.mark.sfu
@pytest.mark.alone
@pytest.mark.timeout(700)  # the server may have to be installed first
async def test_a_spoken_question_is_answered_from_the_database(
    livekit_server: Server, sqlite_server: Path, tmp_path: Path, start_bot: StartBot, new_caller: NewCaller
) -> None:
    runpy.run_path(str(EXAMPLES / "database.py"))["make_shop"](tmp_path / "shop.db")
    servers = json.loads((EXAMPLES / "mcp.json").read_text("utf-8"))
    servers["mcpServers"]["shop"] |= {"command": str(sqlite_server), "args": ["--db-path", "shop.db"]}
    (tmp_path / "mcp.json").write_text(json.dumps(servers), "utf-8")
    async with (
        DeepgramSimulator(vocabulary=QUESTION.split(), api_key=KEY) as deepgram,
        OpenAISimulator(reply=answer, api_key=KEY) as openai,
        CartesiaSimulator(api_key=KEY) as cartesia,
        new_caller() as caller,
    ):
        settings = {name: text for name, text in server_settings(livekit_server).items() if name not in NO_PROVIDERS}
        for vendor, url in {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}.items():
            settings |= {f"{vendor}_BASE_URL": url, f"{vendor}_API_KEY": KEY}
        bot = start_bot("--mcp", "mcp.json", settings=settings)
        await bot.says("MCP server shop offers", 60.0)
        await caller.until(lambda: [state for _, state in caller.agent_states()][-1:] == ["listening"], 30.0)
        asked = await caller.play(sentence(QUESTION), LISTEN_RATE)
        answered_at = await caller.hears(asked.end_at)
        await caller.until(lambda: caller.recording.silent_after(answered_at, sustained=0.7), 30.0)
        heard = caller.recording.slice(answered_at, asyncio.get_running_loop().time())
        await leaves(bot)
    assert words_in(heard, caller.recording.rate, ANSWER) == ANSWER
    rows = {it["content"] for it in openai.requests[-1].body["messages"] if it["role"] == "tool"}
    assert rows == {"[{'price_eur': 9}]"}
