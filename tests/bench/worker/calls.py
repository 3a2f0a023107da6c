"""Calls a core: how fast a worker's bots answer when several people talk at once, each with a bot of their own."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
from livekit import api

from bot.worker.machine import Machine
from bot.worker.process_memory import memory_of
from scripts.livekit.api import ServerInfo
from tests.bench.load import LoadWatch
from tests.bench.processes import Simulators, Usage
from tests.bench.run import say
from tests.bench.speech import Phrasebook, vocabulary
from tests.bench.talk import Talk, TalkFailed
from tests.bench.turns import delay_of
from tests.bench.worker.knee import WITHIN, knee
from tests.bench.worker.log import jobs_of, refusals_of
from tests.bench.worker.rooms import NAME, all_ended, client_of, close_rooms, dispatch, until_seen
from tests.support.bot_process import BotProcess
from tests.support.caller import Caller

JOIN_LIMIT_DELAY = 60.0
"""Seconds for a call's bot to be in its room: one that is refused while the CPU is busy is dispatched anew after 15."""

SETTLE_DELAY = 6.0
"""Seconds from the last join to the first turn: by then greetings are over, and the next processes have loaded."""

HEADINGS = (
    "calls",
    "turns",
    "left out",
    "unanswered",
    "v2v median",
    "v2v p95",
    "CPU a call",
    "PSS a call",
    "CPU of the server and others",
)


@dataclass(frozen=True)
class CallsAtOnce:
    """So many calls at the same time."""

    count: int
    delays: list[float] = field(default_factory=list)
    """Voice-to-voice, seconds, of all turns on complete sentences."""
    unanswered: int = 0
    """Such turns without an answer of their own: none was heard, or it began within the turn."""
    left_out: int = 0
    """Such turns that say nothing: a stall of the caller tore them, or the bot had not finished before."""
    cpu: float = 0.0
    """Share of a core that each call's bot takes, the worker's own divided among them."""
    pss: float = 0.0
    """MB that a call's process takes when its turns are over, the largest of them."""
    beside: float = 0.0
    """Share of a core that the server and the simulated providers take, all calls together."""
    failure: str = ""
    """Why so many calls at once were not to be had."""

    @property
    def median(self) -> float | None:
        """Of the delays, in seconds; None without any, and when the calls were not to be had."""
        return float(np.median(self.delays)) if self.delays and not self.failure else None


def calls_table(rows: Sequence[CallsAtOnce]) -> str:
    """Return a table for a terminal, and the knee below it."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    lines += [f"{row.count} calls: {row.failure}" for row in rows if row.failure]
    most = knee({row.count: row.median for row in rows})
    lines.append(
        f"knee: {most} calls at once on {Machine().cores:g} cores have a median within {WITHIN:.0%} of one call's"
        f"{' (the most that was tried)' if most == max(row.count for row in rows) else ''}"
    )
    return "\n".join(lines)


def _cells(row: CallsAtOnce) -> tuple[str, ...]:
    answered = len(row.delays)
    counts = tuple(str(number) for number in (row.count, answered + row.unanswered, row.left_out, row.unanswered))
    if not row.delays:
        return (*counts, "-", "-", "-", "-", "-")
    p95 = float(np.percentile(row.delays, 95))
    times = (f"{float(np.median(row.delays)) * 1000:.0f} ms", f"{p95 * 1000:.0f} ms")
    return (*counts, *times, f"{row.cpu:.1%}", f"{row.pss:.0f} MB", f"{row.beside:.1%}")


class CallsBench:
    """Measures one worker with growing numbers of calls."""

    def __init__(self, server: ServerInfo, server_pid: int | None, watch: LoadWatch, folder: Path, turns: int) -> None:
        """Each caller takes `turns` turns; `watch` learns what processes belong to the benchmark."""
        self._server, self._server_pid, self._watch, self._folder = server, server_pid, watch, folder
        self._turns = turns
        self._children: list[int] = []

    async def measure(self, counts: Sequence[int]) -> list[CallsAtOnce]:
        """Measure each number of calls, until one is not to be had."""
        rows: list[CallsAtOnce] = []
        with Simulators("fixed", dict.fromkeys(vocabulary()), 0, self._folder) as simulators:
            self._watch.add(simulators.pid)
            flags = ("--agent-name", NAME, "--idle", "2", "--max-jobs", str(max(counts)), "--greeting", "Hello there.")
            settings = simulators.bot_settings(self._server)
            with BotProcess("worker", *flags, settings=settings, folder=self._folder) as worker:
                self._watch.add(worker.pid)
                await worker.says("registered for")
                for count in sorted(counts):
                    say(f"{count} calls at once")
                    rows.append(await self._at_once(count, worker, simulators))
                    if rows[-1].failure:
                        break
                self._watch.remove(worker.pid)
            self._watch.remove(simulators.pid)
        return rows

    async def _at_once(self, count: int, worker: BotProcess, simulators: Simulators) -> CallsAtOnce:
        mark, server = uuid4().hex[:8], self._server
        rooms = [f"calls-{count}-{mark}-{number}" for number in range(count)]
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(client_of(server))
            keys = server.url, server.api_key, server.api_secret
            callers = [await stack.enter_async_context(Caller(*keys, room=room)) for room in rooms]
            try:
                for room in rooms:
                    if not await self._bring(client, worker, room):
                        reason = refusals_of(worker.output).get(room, "the worker gives no reason")
                        return CallsAtOnce(count, failure=f"no bot came within {JOIN_LIMIT_DELAY:.0f} s: {reason}")
                await asyncio.sleep(SETTLE_DELAY)
                return await self._talks(count, callers, worker, simulators)
            finally:
                await close_rooms(client, rooms)
                await all_ended(worker)
                self._forget_children()

    async def _bring(self, client: api.LiveKitAPI, worker: BotProcess, room: str) -> bool:
        """Dispatch one after the other: several processes that begin at once would only wait for each other."""
        await dispatch(client, room)
        return await until_seen(
            lambda: any(job.room == room and job.joined_at for job in jobs_of(worker.output).values()),
            JOIN_LIMIT_DELAY,
        )

    async def _talks(
        self, count: int, callers: Sequence[Caller], worker: BotProcess, simulators: Simulators
    ) -> CallsAtOnce:
        self._know_children(worker)
        bots = Usage(worker.pid)
        beside = [Usage(pid) for pid in (self._server_pid, simulators.pid) if pid is not None]
        talks = [Talk(caller, Phrasebook(number), number) for number, caller in enumerate(callers)]
        async with asyncio.TaskGroup() as group:
            talking = [group.create_task(_talk(talk, self._turns)) for talk in talks]
        cpu, others = bots.cpu() / count, sum(usage.cpu() for usage in beside)
        pss = max(memory_of(child.pid) for child in psutil.Process(worker.pid).children()) / 1e6
        failures = {failure for task in talking if (failure := task.result())}
        ended_at = asyncio.get_running_loop().time()
        delays: list[float] = []
        unanswered = left_out = 0
        for talk, caller in zip(talks, callers, strict=True):
            for number, said in enumerate(talk.said):
                if said.kind != "complete":
                    continue
                if said.holes or not said.was_ready:
                    left_out += 1
                    continue
                until_at = talk.said[number + 1].start_at if number + 1 < len(talk.said) else ended_at
                delay = delay_of(caller.recording, said, until_at)
                if delay is None:
                    unanswered += 1
                else:
                    delays.append(delay)
        return CallsAtOnce(count, delays, unanswered, left_out, cpu, pss, others, "; ".join(sorted(failures)))

    def _know_children(self, worker: BotProcess) -> None:
        self._children = [child.pid for child in psutil.Process(worker.pid).children(recursive=True)]
        for pid in self._children:
            self._watch.add(pid)

    def _forget_children(self) -> None:
        for pid in self._children:
            self._watch.remove(pid)


async def _talk(talk: Talk, turns: int) -> str:
    """Take the turns; returns why the bot has to be given up, or nothing."""
    try:
        await talk.turns(turns)
    except TalkFailed as failure:
        return str(failure)
    return ""
