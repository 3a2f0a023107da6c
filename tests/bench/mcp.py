"""What the MCP server adds to a bot that is embedded: `python -m tests.bench.mcp [--rounds N]`.

In a room of a local server, with simulated providers in a process of their own, a caller hears a question and answers
it; asked by VoiceBot in this process, and by the command over stdio, turn by turn. All times are the caller's own.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE
from scripts.livekit.server import open_server
from tests.bench.processes import Simulators
from tests.bot.mcp_server.mcp_client import ToolClient, connect
from tests.support.access import Server
from tests.support.bot_process import NO_PROVIDERS, server_settings
from tests.support.caller import Caller
from tests.support.sentences import sentence

ROOM = "bench-mcp"
QUESTION, ANSWER = "Amber brick?", "Yes please."

THINKING_DELAY = 0.3
"""Seconds from the end of a question to the beginning of the caller's answer."""

Ask = Callable[[], Awaitable[str]]


async def ask_delay(caller: Caller, ask: Ask, seed: int) -> float:
    """Seconds of an exchange in which the caller neither heard the question nor spoke: from the call to the question's
    first sound, and from the end of the answer to its coming back.
    """
    loop = asyncio.get_running_loop()
    called_at = loop.time()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(_timed(ask))
        heard_at = await caller.until(lambda: caller.recording.onset_after(called_at))
        silent_at = await caller.until(lambda: caller.recording.silent_after(heard_at, sustained=THINKING_DELAY))
        played = await caller.play(sentence(ANSWER, seed=seed), LISTEN_RATE)
    answer, came_at = asking.result()
    assert answer == ANSWER, f"{answer!r} was heard"
    assert silent_at < played.start_at
    await asyncio.sleep(0.5)
    return (heard_at - called_at) + (came_at - played.end_at)


async def _timed(ask: Ask) -> tuple[str, float]:
    return await ask(), asyncio.get_running_loop().time()


async def join_delay(call: ToolClient) -> float:
    """Seconds of a join without the room's name."""
    began_at = asyncio.get_running_loop().time()
    await call("join_room")
    return asyncio.get_running_loop().time() - began_at


async def measure(server: Server, settings: dict[str, str], folder: Path, rounds: int) -> None:
    """Print the figures."""
    loop = asyncio.get_running_loop()

    def caller() -> AbstractAsyncContextManager[Caller]:
        return Caller(server.url, server.api_key, server.api_secret, room=ROOM)

    embedded: list[float] = []
    bot_settings = load_settings({"room": ROOM}, environ=settings, directory=folder)
    async with caller() as person, VoiceBot(bot_settings, answers=False) as bot:

        async def ask_bot() -> str:
            return (await bot.ask(QUESTION)).text

        for number in range(rounds + 1):
            embedded.append(await ask_delay(person, ask_bot, number))
    starts, joins, by_tool = [], [], []
    async with caller() as person:
        for number in range(rounds):
            began_at = loop.time()
            async with connect("stdio", settings, folder) as call:
                starts.append(loop.time() - began_at)
                first = await join_delay(call)
                await call("leave_room")
                await asyncio.sleep(3.0)  # what is loaded ahead is loaded
                joins.append((first, await join_delay(call)))

                async def ask_tool(call: ToolClient = call) -> str:
                    return str((await call("ask", text=QUESTION))["text"])

                await ask_delay(person, ask_tool, number)  # the first asks have connections to make
                by_tool.append(await ask_delay(person, ask_tool, number + 1))
    tell("client connected, from the start of the process", starts)
    tell("join_room, first thing after that", [first for first, _ in joins])
    tell("join_room, later", [later for _, later in joins])
    tell("ask beside question and answer: VoiceBot", embedded[1:])
    tell("ask beside question and answer: by the tool", by_tool)
    print(f"added by the tool: {1000 * (statistics.median(by_tool) - statistics.median(embedded[1:])):.0f} ms")


def tell(what: str, delays: list[float]) -> None:
    """Median and worst, in milliseconds."""
    print(f"{what}: {1000 * statistics.median(delays):.0f} ms, at most {1000 * max(delays):.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each; default 5")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, open_server() as server:
        folder = Path(name)
        with Simulators("fixed", ANSWER.split(), 0, folder) as simulators:
            settings = {**server_settings(server), **simulators.settings}
            for provider in NO_PROVIDERS:
                settings.pop(provider, None)
            asyncio.run(measure(server, settings, folder, rounds))
    sys.stdout.flush()
    os._exit(0)  # LiveKit's threads must not call into an interpreter that is being taken down


if __name__ == "__main__":
    main()
