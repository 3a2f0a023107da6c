"""What runs around the talk: cold starts of the command, and several bots in one process."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.load import LoadWatch
from tests.bench.processes import Embedded, Usage
from tests.bench.speech import Phrasebook
from tests.bench.talk import Talk
from tests.support.access import Server
from tests.support.bot_process import BotProcess
from tests.support.caller import Caller

SETTLE_DELAY = 6.0
"""Seconds after joining before anything is measured: on a busy machine the work of starting goes on for five."""

GREETING_LIMIT_DELAY = 20.0


@dataclass(frozen=True)
class ColdStart:
    """Seconds from the start of the process."""

    joined: float
    """Until it says that it is in the room and publishes."""
    greeting: float
    """Until the caller, who was there before, hears it."""
    code: int
    """Its exit code, when it was told to leave."""


@dataclass(frozen=True)
class Sessions:
    """So many bots in one process, each listening to a caller of its own; then one of them tells a tale."""

    count: int
    cpu: float
    """Share of a core, while all listen."""
    pss: float
    """MB."""
    lags: list[float]
    """Seconds that the process's loop was late, looked at every 10 ms."""
    underruns: int


async def cold_starts(
    server: Server, settings: Mapping[str, str], folder: Path, count: int, greeting: str, watch: LoadWatch
) -> list[ColdStart]:
    """Start the command so many times, in a room of its own in which a caller waits."""
    return [await _cold_start(server, settings, folder, f"cold-{n}", greeting, watch) for n in range(count)]


async def _cold_start(
    server: Server, settings: Mapping[str, str], folder: Path, room: str, greeting: str, watch: LoadWatch
) -> ColdStart:
    async with Caller(server.url, server.api_key, server.api_secret, room=room) as caller:
        with BotProcess("--room", room, "--greeting", greeting, settings=settings, folder=folder) as bot:
            watch.add(bot.pid)
            joined_at = await bot.joined()
            heard_at = await caller.until(lambda: caller.recording.onset_after(bot.started_at), GREETING_LIMIT_DELAY)
            watch.remove(bot.pid)
            bot.send(signal.SIGTERM)
            code = await bot.ends()
    return ColdStart(joined_at - bot.started_at, heard_at - bot.started_at, code)


async def sessions(
    server: Server,
    settings: Mapping[str, str],
    folder: Path,
    counts: tuple[int, ...],
    duration: float,
    watch: LoadWatch,
    progress: Callable[[str], None],
) -> list[Sessions]:
    """Measure each number of bots for so many seconds."""
    measured = []
    for count in counts:
        progress(f"{count} in one process")
        measured.append(await _sessions(server, settings, folder, count, duration, watch))
    return measured


async def _sessions(
    server: Server, settings: Mapping[str, str], folder: Path, count: int, duration: float, watch: LoadWatch
) -> Sessions:
    rooms = [f"sessions-{count}-{n}" for n in range(count)]
    async with AsyncExitStack() as stack:
        keys = server.url, server.api_key, server.api_secret
        callers = [await stack.enter_async_context(Caller(*keys, room=room)) for room in rooms]
        bots = stack.enter_context(Embedded(rooms, settings, folder))
        watch.add(bots.pid)
        await bots.joined()
        await asyncio.sleep(SETTLE_DELAY)
        usage = Usage(bots.pid)
        await asyncio.sleep(duration)
        cpu, pss = usage.cpu(), usage.pss()
        await Talk(callers[0], Phrasebook(count), count).tale()
        watch.remove(bots.pid)
        told: Mapping[str, Any] = await bots.end()
    return Sessions(count, cpu, pss, told["lags"], told["underruns"])
