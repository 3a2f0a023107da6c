"""A world for an AI assistant: a LiveKit server, and providers simulated over their real protocols."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bot.mcp_server.mcp_client import ToolClient, Transport, connect
from tests.support.access import Server
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import OpenAISimulator

KEY = "simulated-key"
WORDS = "Yes please. No thanks. Tell me more? My name is Ada. Stop now. One two three."


@dataclass
class World:
    """Where the server of the tools gets everything from."""

    settings: dict[str, str]
    model: OpenAISimulator
    folder: Path

    @asynccontextmanager
    async def connect(self, transport: Transport = "http", **settings: str) -> AsyncIterator[ToolClient]:
        """A client at a server that knows this world."""
        async with connect(transport, {**self.settings, **settings}, self.folder) as at:
            yield at


def server_of(server: Server) -> dict[str, str]:
    """The settings that lead to a LiveKit server."""
    return {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
    }


@pytest.fixture
async def world(livekit_server: Server, tmp_path: Path) -> AsyncIterator[World]:
    async with (
        DeepgramSimulator(vocabulary=WORDS.split(), api_key=KEY) as deepgram,
        OpenAISimulator(api_key=KEY) as openai,
        CartesiaSimulator(api_key=KEY) as cartesia,
    ):
        vendors = {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}
        settings = server_of(livekit_server)
        for vendor, url in vendors.items():
            settings |= {f"{vendor}_BASE_URL": url, f"{vendor}_API_KEY": KEY}
        yield World(settings, openai, tmp_path)
