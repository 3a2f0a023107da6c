"""An MCP client at a server whose bots are in scenes: everything on virtual time, over streams in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp import Client

from bot.mcp_server.server import make_server
from bot.mcp_server.setup import Setup
from bot.providers.factory import make_language_model
from bot.room.token import agent_token
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.ports import LanguageModel
from pipeline.testing import Scene
from tests.bot.mcp_server.mcp_client import ToolClient

ROOM = "blue"
NOWHERE = "ws://127.0.0.1:1"
TOKEN = agent_token(api_key="key", api_secret="s" * 32, room=ROOM, identity="rawbot")
"""Admits to one room only, so the server of the tools asks no LiveKit server which rooms there are."""

SETTINGS = {
    "LIVEKIT_URL": NOWHERE,
    "LIVEKIT_TOKEN": TOKEN,
    **{f"{vendor}_API_KEY": "key" for vendor in ("DEEPGRAM", "OPENAI", "CARTESIA")},
}


@dataclass
class SceneBots:
    """Makes bots that join one scene after the other, with its scripted model where the settings choose openai."""

    scenes: list[Scene]

    def __call__(self, settings: Settings) -> tuple[VoiceBot, LanguageModel | None]:
        scene = self.scenes.pop(0)
        is_scripted = settings.llm is not None and settings.llm.name == "openai"
        model: LanguageModel | None = scene.llm if is_scripted else make_language_model(settings)
        return VoiceBot(settings, room=scene, llm=model, answers=False), model


@asynccontextmanager
async def client_in(*scenes: Scene, joins: bool = True, **settings: str) -> AsyncIterator[ToolClient]:
    """Connect to a server of tools, and join the first scene."""
    setup = Setup({}, {**SETTINGS, **settings}, Path(__file__).parent, SceneBots(list(scenes)))
    async with Client(make_server(setup)) as client:
        call = ToolClient(client)
        if joins:
            await call("join_room", room=ROOM)
        yield call
