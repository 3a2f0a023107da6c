"""From dispatch to greeting, what processes take, and how the worker comes back after a restart of the server."""

import asyncio
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil

from bot.worker.process_memory import memory_of
from scripts.livekit.api import ServerInfo
from scripts.livekit.server import LocalServer
from tests.bench.worker.log import jobs_of
from tests.bench.worker.rooms import NAME, client_of, dispatch
from tests.support.bot_process import BotProcess, server_settings
from tests.support.caller import Caller
from tests.support.waiting import until

FLAGS = ("--agent-name", NAME, "--idle", "2", "--greeting", "Good morning to you.")
SETTLED_DELAY = 3.0
"""Seconds between two dispatches: the process that takes the place of the one that was taken has loaded by then."""


async def measure_greetings(local: LocalServer, folder: Path, times: int) -> str:
    """Return the figures."""
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
    lines = [f"dispatch to greeting heard: median {median(delays):.2f} s, longest {delays[-1]:.2f} s, of {times}"]
    for name, values in zip(("job to process", "process to joined"), zip(*parts, strict=True), strict=True):
        lines.append(f"  {name}: median {median(values):.2f} s")
    lines.append(
        f"PSS of a process that waits: {median(pss):.0f} MB, of one that has greeted: {median(talking):.0f} MB"
    )
    lines.append(f"registered again after a restart of the server: {registered_at - back_at:.1f} s")
    return "\n".join(lines)


def parts_of(log: str) -> list[tuple[float, float]]:
    """Seconds from a job's assignment to its process, and from there to its bot in the room, of each job in the log."""
    return [
        (job.process_at - job.assigned_at, job.joined_at - job.process_at)
        for job in jobs_of(log).values()
        if job.process_at is not None and job.joined_at is not None
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
        client_of(server) as client,
    ):
        await asyncio.sleep(1.0)  # the caller's own connection has settled
        dispatched_at = loop.time()
        await dispatch(client, room)
        delay = await caller.hears(dispatched_at) - dispatched_at
        return delay, memory_of(process_of(worker, room)) / 1e6


def process_of(worker: BotProcess, room: str) -> int:
    """Number of the process that serves a room."""
    (job_id,) = [job_id for job_id, job in jobs_of(worker.output).items() if job.room == room]
    return int(worker.output.split(f"job {job_id}: process ")[-1].split()[0])
