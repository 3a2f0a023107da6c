"""Processes of the command with one piece exchanged, what they say, and how they end."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.process.exit_codes import ExitCode

from .bot_process import NO_PROVIDERS, BotProcess

PROMISED_DELAY = 2.0
"""Seconds from SIGINT or SIGTERM to the end of the process."""

SECRET = "not-the-secret-of-any-server-here"
NOBODY = {
    **NO_PROVIDERS,
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "some-api-key",
    "LIVEKIT_API_SECRET": SECRET,
}
"""Settings without a fault, for a server that is not there (port 9 is discard's)."""

STUBBORN_PLAYOUT = """
import asyncio
from pipeline.stages.playout import Playout
async def run(self):
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
Playout.run = run
"""


def in_scene(happens: str = "", scene: str = "Scene()") -> str:
    """Code that puts the bot into a scene in place of a room, in real time: no server is asked."""
    return f"""
import functools
import bot.process.run_command as run_command
from bot.voicebot import VoiceBot
from pipeline import events
from pipeline.testing import Scene
scene = {scene}
run_command.VoiceBot = functools.partial(VoiceBot, room=scene)
{happens}
"""


def driver(piece: str) -> tuple[str, str]:
    """A program that is the command after `piece` was run."""
    return "-c", f"{piece}\nfrom bot.cli import main\nraise SystemExit(main())"


def once_joined(body: str, piece: str = "") -> tuple[str, str]:
    """The same, in a scene, which does `body` when the bot has joined."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    waits = f"import asyncio\nasync def broken(self):\n{lines}\nVoiceBot.wait_closed = broken\n"
    return driver(f"{in_scene()}{piece}\n{waits}")


@asynccontextmanager
async def tcp_server(answer: bytes | None) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Something that is no LiveKit server: its URL, and when it was called. None is an answer that never comes."""
    called = asyncio.Event()
    open_until_end = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        if answer is None:
            await open_until_end.wait()
        else:
            await reader.read(1)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", called
    finally:
        open_until_end.set()
        server.close()


async def leaves(bot: BotProcess, number: int = signal.SIGTERM) -> float:
    """Ask it to leave, and see that it does; returns the seconds that it took."""
    asked_at = bot.send(number)
    assert await bot.ends() == ExitCode.OK, bot.output
    assert bot.ended_at is not None
    return bot.ended_at - asked_at


def only_error(bot: BotProcess) -> str:
    """The one line of level ERROR, in an output without tracebacks and secrets."""
    errors = [line for line in bot.output.splitlines() if " ERROR " in line and " livekit: " not in line]
    assert len(errors) == 1, bot.output
    assert "Traceback" not in bot.output
    assert SECRET not in bot.output
    assert not re.search(r"eyJ[\w-]{10}", bot.output), bot.output
    return errors[0]
