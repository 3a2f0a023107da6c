"""Measure a worker, `python -m tests.bench.worker`: dispatch to greeting, and what a process that waits takes.

A LiveKit server of its own, the worker as `python -m bot worker` with the voice of espeak-ng, and a caller who is
in the room before. Times run from the request to dispatch to the first sample that the caller hears.
"""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil
from livekit import api

from scripts.livekit.api import ServerInfo
from scripts.livekit.server import LocalServer, find_or_build
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.waiting import until

NAME = "measured"
FLAGS = ("--agent-name", NAME, "--idle", "2", "--greeting", "Good morning to you.")
SETTLED_DELAY = 3.0
"""Seconds between two dispatches: the process that takes the place of the one that was taken has loaded by then."""


async def measure(server: ServerInfo, folder: Path, times: int) -> None:
    """Print the figures."""
    settings = {**server_settings(server), "TTS_PROVIDER": "espeak"}
    with BotProcess("worker", *FLAGS, settings=settings, folder=folder) as worker:
        await worker.says("registered for")
        await until(lambda: len(idle_processes(worker)) == 2)
        await asyncio.sleep(2 * SETTLED_DELAY)
        pss = [child.memory_full_info().pss / 1e6 for child in idle_processes(worker)]
        delays = []
        for _ in range(times):
            delays.append(await dispatch_to_greeting(server))
            await asyncio.sleep(SETTLED_DELAY)
    delays.sort()
    print(f"dispatch to greeting heard: median {median(delays):.2f} s, longest {delays[-1]:.2f} s, of {times}")
    print(f"PSS of a process that waits: {median(pss):.0f} MB")


def idle_processes(worker: BotProcess) -> list[psutil.Process]:
    """The worker's children, before the first dispatch."""
    return psutil.Process(worker.pid).children()


async def dispatch_to_greeting(server: ServerInfo) -> float:
    """Dispatch a bot into a room that has a caller; seconds until its first sound."""
    room = f"bench-{uuid4().hex[:8]}"
    loop = asyncio.get_running_loop()
    async with (
        Caller(server.url, server.api_key, server.api_secret, room=room) as caller,
        api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client,
    ):
        await asyncio.sleep(1.0)  # the caller's own connection has settled
        dispatched_at = loop.time()
        await client.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=NAME, room=room))
        return await caller.hears(dispatched_at) - dispatched_at


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="dispatches; default 20")
    arguments = parser.parse_args()
    with LocalServer(find_or_build()) as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(server.info, Path(folder), arguments.times))
    print(f"load of this machine in the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
