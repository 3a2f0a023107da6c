"""Two LiveKit servers that share a Redis, a worker at each: dispatches reach them wherever they are made."""

import asyncio
import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from scripts.livekit.server import LocalServer
from tests.bot.worker.test_worker_in_room import dispatch
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.redis_server import redis_server
from tests.support.waiting import until

pytestmark = pytest.mark.sfu


async def test_a_cluster_serves_its_rooms_and_loses_only_those_of_a_worker_that_dies(
    server_binary: Path, room_name: str, tmp_path: Path
) -> None:
    """Each worker has one place. Both dispatches are made at the first server, and the callers are at one each."""
    with ExitStack() as running:
        shared = {"redis": {"address": running.enter_context(redis_server())}}
        first = running.enter_context(LocalServer(server_binary, config=shared))
        keys = (first.info.api_key, first.info.api_secret)
        second = running.enter_context(LocalServer(server_binary, config=shared, keys=keys))
        workers = [
            running.enter_context(
                BotProcess(
                    *("worker", "--agent-name", room_name, "--max-jobs", "1"),
                    settings=server_settings(server.info),
                    folder=tmp_path,
                )
            )
            for server in (first, second)
        ]
        for worker in workers:
            await worker.says(f"registered for {room_name}")
        rooms = [f"{room_name}-{number}" for number in range(2)]
        async with (
            Caller(first.info.url, *keys, room=rooms[0], publish=False) as ann,
            Caller(second.info.url, *keys, room=rooms[1], publish=False) as ben,
        ):
            for room, caller in zip(rooms, (ann, ben), strict=True):
                await dispatch(first.info, room_name, room)
                await until(partial(bool, caller.room.remote_participants))
            (dying,) = [worker for worker in workers if f"room {rooms[0]}" in worker.output]
            (other,) = [worker for worker in workers if f"room {rooms[1]}" in worker.output]
            assert dying is not other
            await asyncio.gather(dying.joined(), other.joined())
            dying.send(signal.SIGKILL)
            await ann.until(lambda: not ann.room.remote_participants)
            assert len(ben.room.remote_participants) == 1
            assert other.code is None
