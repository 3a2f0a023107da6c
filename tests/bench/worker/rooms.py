"""What the parts of the benchmark ask of the server: dispatches, and the ends of rooms."""

import asyncio
from collections.abc import Callable, Sequence

from livekit import api

from scripts.livekit.api import ServerInfo
from tests.bench.worker.log import jobs_of
from tests.support.bot_process import BotProcess

NAME = "measured"
"""The workers' agent name."""

END_LIMIT_DELAY = 30.0
"""Seconds for all bots to leave when their rooms are closed."""

LOOK_INTERVAL = 0.1
"""Seconds between two looks at a log: reading it all the time would take the CPU that is measured."""


def client_of(server: ServerInfo) -> api.LiveKitAPI:
    """LiveKit's own client; an async context manager."""
    return api.LiveKitAPI(server.url, server.api_key, server.api_secret)


async def dispatch(client: api.LiveKitAPI, room: str) -> None:
    """Ask for a bot in a room, which is made if it is not there."""
    await client.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=NAME, room=room))


async def close_rooms(client: api.LiveKitAPI, rooms: Sequence[str]) -> None:
    """Close those of the rooms that there are; their bots have to leave."""
    there = await client.room.list_rooms(api.ListRoomsRequest(names=list(rooms)))
    for room in there.rooms:
        await client.room.delete_room(api.DeleteRoomRequest(room=room.name))


async def until_seen(condition: Callable[[], bool], limit_delay: float) -> bool:
    """Look now and then whether a condition holds; returns whether it did within so many seconds."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + limit_delay
    while not (is_met := condition()) and loop.time() < give_up_at:  # noqa: ASYNC110 - a log tells nobody
        await asyncio.sleep(LOOK_INTERVAL)
    return is_met


async def all_ended(worker: BotProcess) -> None:
    """Wait until no job of the worker goes on. Raises AssertionError when one does."""
    if not await until_seen(lambda: all(job.ended_at for job in jobs_of(worker.output).values()), END_LIMIT_DELAY):
        left = [job_id for job_id, job in jobs_of(worker.output).items() if not job.ended_at]
        raise AssertionError(f"{len(left)} jobs go on after their rooms were closed: {', '.join(left)}")
