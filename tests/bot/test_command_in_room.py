"""`python -m bot` in a real room: how it joins, is refused, and sees the end of the room."""

import asyncio
import signal
import time

import jwt
import pytest
from livekit import rtc

from bot.process.exit_codes import ExitCode
from scripts.livekit.api import ServerInfo
from tests.bot.conftest import NewCaller, StartBot
from tests.conftest import MakeServer
from tests.support.bot_process import NO_PROVIDERS, server_settings
from tests.support.command import leaves, only_error
from tests.support.waiting import GHOST_LIMIT

pytestmark = pytest.mark.sfu


@pytest.fixture
def settings(livekit_server: ServerInfo) -> dict[str, str]:
    return server_settings(livekit_server)


@pytest.mark.smoke
async def test_joins_and_leaves_on_request(
    start_bot: StartBot, settings: dict[str, str], new_caller: NewCaller
) -> None:
    """It says goodbye: a participant that vanishes stays for 20 s."""
    async with new_caller(publish=False) as caller:
        bot = start_bot("--identity", "the-bot", settings=settings)
        seen = await caller.until(lambda: caller.room.remote_participants.get("the-bot"))
        assert seen.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        await caller.until(lambda: [state for _, state in caller.agent_states()][-1:] == ["listening"])
        await bot.joined()
        await leaves(bot, signal.SIGTERM)
        await caller.until(lambda: not caller.room.remote_participants, GHOST_LIMIT)
    assert "Traceback" not in bot.output


async def test_leaves_while_the_server_is_away(start_bot: StartBot, make_server: MakeServer) -> None:
    """A crashed server is being reconnected to, one that said goodbye joined anew."""
    server = make_server()
    for goes in (server.crash, server.stop):
        bot = start_bot(settings=server_settings(server.info))
        await bot.joined()
        await asyncio.to_thread(goes)
        await bot.says("the connection to the room is lost")
        await leaves(bot)
        await asyncio.to_thread(server.start)


# --- what keeps it out of the room, or takes it out ---


async def test_says_why_it_cannot_join(start_bot: StartBot, settings: dict[str, str]) -> None:
    for level, name, wrong in (
        ("info", "LIVEKIT_API_KEY", "another-api-key"),
        ("debug", "LIVEKIT_API_SECRET", "short"),
    ):
        bot = start_bot("--log-level", level, settings={**settings, name: wrong})
        assert await bot.ends() == ExitCode.ROOM, bot.output
        assert f"check {name}" in only_error(bot)
        assert settings["LIVEKIT_API_SECRET"] not in bot.output
        assert "Warning" not in bot.output, "PyJWT complains of short secrets"
        if level != "debug":
            assert "livekit_signaling" not in bot.output, "the native log is part of the debugging one"


async def test_says_that_a_token_made_elsewhere_is_refused(
    start_bot: StartBot, settings: dict[str, str], room_name: str
) -> None:
    """Only the server knows who signed a token."""
    now = int(time.time())
    claims = {"iss": settings["LIVEKIT_API_KEY"], "sub": "me", "video": {"roomJoin": True, "room": room_name}}
    token = jwt.encode({**claims, "exp": now + 7200}, "x" * 40)
    with_token = {**NO_PROVIDERS, "LIVEKIT_URL": settings["LIVEKIT_URL"], "LIVEKIT_TOKEN": token}
    bot = start_bot("--log-level", "debug", settings=with_token)
    assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "LIVEKIT_TOKEN" in only_error(bot)
    assert token.rpartition(".")[2] not in bot.output
