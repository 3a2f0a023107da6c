"""Measure a worker, `python -m tests.bench.worker`: dispatch to greeting, what processes take, and how it comes back.

A LiveKit server of its own, the worker as `python -m bot worker` with the voice of espeak-ng, and a caller who is
in the room before. Times run from the request to dispatch to the first sample that the caller hears; those of the parts
are the worker's own, from its log: from the job to its process, and from there to the room. The
last line is the time from a server that takes connections again to a worker that it gives jobs.
"""

import argparse
import asyncio
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil
from livekit import api

from bot.worker.process_memory import memory_of
from scripts.livekit.api import ServerInfo
from scripts.livekit.server import LocalServer, find_or_build
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.waiting import until

NAME = "measured"
FLAGS = ("--agent-name", NAME, "--idle", "2", "--greeting", "Good morning to you.")
SETTLED_DELAY = 3.0
"""Seconds between two dispatches: the process that takes the place of the one that was taken has loaded by then."""


async def measure(local: LocalServer, folder: Path, times: int) -> None:
    """Print the figures."""
    server = local.info
    settings = {**server_settings(server), "TTS_PROVIDER": "espeak"}
    with BotProcess("worker", *FLAGS, settings=settings, folder=folder) as worker:
        await worker.says("registered for")
        await until(lambda: len(idle_processes(worker)) == 2)
        await asyncio.sleep(2 * SETTLED_DELAY)
        pss = [child.memory_full_info().pss / 1e6 for child in idle_processes(worker)]
        delays, talking = [], []
        for _ in range(times):
            delay, taken = await dispatch_to_greeting(server, worker)
            delays.append(delay)
            talking.append(taken)
            await asyncio.sleep(SETTLED_DELAY)
        parts = parts_of(worker.output)
        await asyncio.to_thread(local.crash)
        await asyncio.to_thread(local.start)
        back_at = asyncio.get_running_loop().time()
        registered_at = await worker.says("(?s)registered for.*registered for")
    delays.sort()
    print(f"dispatch to greeting heard: median {median(delays):.2f} s, longest {delays[-1]:.2f} s, of {times}")
    for name, values in zip(("job to process", "process to joined"), zip(*parts, strict=True), strict=True):
        print(f"  {name}: median {median(values):.2f} s")
    print(f"PSS of a process that waits: {median(pss):.0f} MB, of one that has greeted: {median(talking):.0f} MB")
    print(f"registered again after a restart of the server: {registered_at - back_at:.1f} s")


def parts_of(log: str) -> list[tuple[float, float]]:
    """Seconds from a job's assignment to its process, and from there to its bot in the room, of each job in the log."""
    times: dict[str, dict[str, datetime]] = {}
    for line in log.splitlines():
        stamp = re.search(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})", line)
        job = re.search(r"AJ_\w+", line)
        if stamp and job:
            for name, mark in (("job", ": room "), ("process", ": process "), ("joined", "joined the room")):
                if mark in line:
                    at = datetime.strptime(stamp[1], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC)
                    times.setdefault(job[0], {}).setdefault(name, at)
    return [
        ((at["process"] - at["job"]).total_seconds(), (at["joined"] - at["process"]).total_seconds())
        for at in times.values()
        if len(at) == 3
    ]


def idle_processes(worker: BotProcess) -> list[psutil.Process]:
    """The worker's children, before the first dispatch."""
    return psutil.Process(worker.pid).children()


async def dispatch_to_greeting(server: ServerInfo, worker: BotProcess) -> tuple[float, float]:
    """Dispatch a bot into a room that has a caller; seconds until its first sound, and the MB that it takes then."""
    room = f"bench-{uuid4().hex[:8]}"
    loop = asyncio.get_running_loop()
    async with (
        Caller(server.url, server.api_key, server.api_secret, room=room) as caller,
        api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client,
    ):
        await asyncio.sleep(1.0)  # the caller's own connection has settled
        dispatched_at = loop.time()
        await client.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=NAME, room=room))
        delay = await caller.hears(dispatched_at) - dispatched_at
        number = int(re.findall(r": process (\d+)", worker.output)[-1])
        return delay, memory_of(number) / 1e6


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="dispatches; default 20")
    arguments = parser.parse_args()
    with LocalServer(find_or_build()) as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(server, Path(folder), arguments.times))
    print(f"load of this machine in the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
