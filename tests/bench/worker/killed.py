"""A worker that is killed in the middle of its calls: what its rooms and those of another worker see of it."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

from livekit import api

from scripts.livekit.api import ServerInfo
from tests.bench.worker.rooms import NAME, all_ended, client_of, close_rooms, dispatch
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.waiting import until

CALLS = 5

AGAIN_LIMIT_DELAY = 120.0
"""Seconds for another worker to serve the rooms anew: it looks for them 30 seconds after their jobs were given away."""


async def measure_killed(server: ServerInfo, folder: Path) -> str:
    """Return the figures. Raises AssertionError when a room is left without a bot, or another call does not go on."""
    mark, loop = uuid4().hex[:8], asyncio.get_running_loop()
    rooms = [f"killed-{mark}-{number}" for number in range(CALLS + 1)]
    settings = {**server_settings(server), "TTS_PROVIDER": "espeak"}
    flags = ("worker", "--agent-name", NAME, "--idle", "1", "--max-jobs")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(server))
        keys = server.url, server.api_key, server.api_secret
        callers = [await stack.enter_async_context(Caller(*keys, room=room, publish=False)) for room in rooms]
        *losing, other = callers
        dying = stack.enter_context(BotProcess(*flags, str(CALLS), settings=settings, folder=folder))
        await dying.says("registered for")
        for room, caller in zip(rooms, losing, strict=False):
            await _bring(client, room, caller)
        staying = stack.enter_context(BotProcess(*flags, str(CALLS + 1), settings=settings, folder=folder))
        await staying.says("registered for")
        await _bring(client, rooms[-1], other)
        before = [_bots(caller) for caller in callers]
        killed_at = dying.send(signal.SIGKILL)
        gone, back = list[float](), list[float]()
        async with asyncio.TaskGroup() as group:
            for caller, bots in zip(losing, before, strict=False):
                group.create_task(_note_change(caller, bots, gone, back))
        if _bots(other) != before[-1] or staying.code is not None:
            raise AssertionError(f"the other worker's call did not go on; it said:\n{staying.output[-4000:]}")
        ended_at = loop.time()
        await close_rooms(client, rooms)
        await all_ended(staying)
    return "\n".join(
        (
            f"worker killed with {CALLS} calls: the last of its bots left after {max(gone) - killed_at:.1f} s,",
            f"  another one served the rooms anew after {min(back) - killed_at:.1f} to {max(back) - killed_at:.1f} s,",
            f"  the call of the other worker went on for the whole {ended_at - killed_at:.0f} s, with the same bot",
        )
    )


async def _bring(client: api.LiveKitAPI, room: str, caller: Caller) -> None:
    await dispatch(client, room)
    await until(lambda: bool(_bots(caller)))


async def _note_change(caller: Caller, bots: set[str], gone: list[float], back: list[float]) -> None:
    """Note when the bots that were there have left, and when another is there."""
    loop = asyncio.get_running_loop()
    await until(lambda: not bots & _bots(caller))
    gone.append(loop.time())
    await until(lambda: bool(_bots(caller)), AGAIN_LIMIT_DELAY)
    back.append(loop.time())


def _bots(caller: Caller) -> set[str]:
    """Participants that the caller sees, by the ids that are new with each join."""
    return {participant.sid for participant in caller.room.remote_participants.values()}
