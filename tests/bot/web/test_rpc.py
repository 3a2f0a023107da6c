"""A tool that asks the person's browser: a page with LiveKit's own client answers, in a room of a real server."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bot import ToolContext, ToolFinished, VoiceBot, tool
from bot.process.listening_port import listening_socket
from bot.tools.decorator import FunctionTool
from bot.web import livekit_client
from bot.web.server import Invitation, open_page
from pipeline.ports import Prompt, TextDelta, ToolRequest
from scripts.livekit.api import ServerInfo
from tests.bot.web.browser import NEEDS_BROWSER, open_browser, open_tab
from tests.support.access import server_access
from tests.support.bot import Tones, bot_settings

pytestmark = [pytest.mark.sfu, pytest.mark.alone, NEEDS_BROWSER]

JOIN = """(async () => {
    const { Room, RpcError } = LivekitClient;
    const response = await fetch("api/token", {method: "POST", body: "{}"});
    const { server_url, participant_token } = await response.json();
    window.room = new Room();
    room.registerRpcMethod("where", async ({ payload, responseTimeout }) =>
        JSON.stringify({ place: "Zürich", for: JSON.parse(payload).name, seconds: responseTimeout / 1000 }));
    room.registerRpcMethod("forbidden", async () => { throw new RpcError(7, "The person said no"); });
    room.registerRpcMethod("long", async ({ payload }) => payload);
    await room.connect(server_url, participant_token);
})()"""


class Model:
    """Calls the tool that the person has typed, and then says something."""

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest, None]:
        last = prompt.messages[-1]
        if last.role == "user":
            yield ToolRequest("call", last.text, "{}")
        else:
            yield TextDelta("600 Hz for 0.1 s")


@tool
async def locate(context: ToolContext) -> str:
    """Locate the person."""
    return await context.rpc("where", {"name": "Ann"}, timeout=9.0)


@tool
def locate_from_thread(context: ToolContext) -> str:
    """Locate the person."""
    return context.wait_for(context.rpc("where", {"name": "Ann"}, timeout=9.0))


@tool
async def forbidden(context: ToolContext) -> str:
    """Ask for what is not allowed."""
    return await context.rpc("forbidden")


@tool
async def missing(context: ToolContext) -> str:
    """Ask for what is not there."""
    return await context.rpc("missing")


@tool
async def long(context: ToolContext) -> str:
    """Send a long text there and back."""
    return f"{len(await context.rpc('long', 'ü' * 20_000)):,} characters"


ANSWERS = {
    "locate": '{"place":"Zürich","for":"Ann","seconds":9}',
    "locate_from_thread": '{"place":"Zürich","for":"Ann","seconds":9}',
    "forbidden": "refused forbidden: The person said no",
    "missing": "has no method missing",
    "long": "20,000 characters",
}


async def test_a_browser_answers_what_a_tool_asks(livekit_server: ServerInfo, room_name: str, tmp_path: Path) -> None:
    settings = bot_settings(livekit_server, room_name, tmp_path)
    invitation = Invitation(server_access(livekit_server), room_name, notes=())
    tools: list[FunctionTool[..., Any] | str] = [locate, locate_from_thread, forbidden, missing, long]
    async with (
        VoiceBot(settings, stt=None, llm=Model(), tts=Tones(), tools=tools) as bot,
        open_page(invitation, livekit_client.get(print), listening_socket(0)) as address,
        open_browser() as browser,
        open_tab(browser) as page,
    ):
        await page.goto(address)
        await page.evaluate(JOIN)
        finished = (event async for event in bot.events() if isinstance(event, ToolFinished))
        for name, answer in ANSWERS.items():
            await page.evaluate(f"room.localParticipant.sendText({name!r}, {{topic: 'lk.chat'}})")
            assert answer in (await anext(finished)).message.text
