"""Many dispatches at once on one machine: each has its bot, or is refused with a reason, and none is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from scripts.livekit.server import LocalServer
from tests.bench.worker.greeting import FLAGS, SETTLED_DELAY, idle_processes
from tests.bench.worker.log import jobs_of, refusals_of, server_refusals_of, unnamed_refusals_of
from tests.bench.worker.rooms import NAME, all_ended, client_of, close_rooms, dispatch, until_seen
from tests.support.bot_process import BotProcess, server_settings
from tests.support.waiting import until

JOIN_LIMIT_DELAY = 30.0
"""Seconds after the burst within which a bot has to be in its room, or its dispatch to be refused."""

LATE = "given to the worker, but not in the room in time"
WAITING = "without a word, but listed: a worker that has a place finds the room when somebody waits there"
LOST = "LOST: no bot, no reason, and no dispatch"


@dataclass(frozen=True)
class Fates:
    """What became of each dispatch."""

    joined: tuple[float, ...]
    """Seconds from the burst to the bot in its room, sorted."""
    others: Counter[str]
    """The other dispatches, by what became of them."""
    silent: tuple[str, ...]
    """Rooms of which neither the worker nor the server says anything; where the server has refused some without their
    names, too, they are the last ones, whichever those were."""

    @property
    def is_settled(self) -> bool:
        """Nothing can change any more."""
        return not self.silent and not self.others[LATE]


def fates(rooms: Sequence[str], worker_log: str, server_log: str, began_at: float) -> Fates:
    """Return what became of the dispatches that were made at `began_at`, in seconds since 1970. Pure."""
    joins = {job.room: job.joined_at for job in jobs_of(worker_log).values()}
    refusals, no_worker = refusals_of(worker_log), server_refusals_of(server_log)
    joined, others, silent = list[float](), Counter[str](), list[str]()
    for room in rooms:
        if room in joins:
            at = joins[room]
            if at is not None and at - began_at <= JOIN_LIMIT_DELAY:
                joined.append(at - began_at)
            else:
                others[LATE] += 1
        elif room in refusals:
            others[f"refused by the worker: {refusals[room]}"] += 1
        elif room in no_worker:
            others[f"refused by the server: {no_worker[room]}"] += 1
        else:
            silent.append(room)
    unnamed = list(unnamed_refusals_of(server_log, NAME).elements())[: len(silent)]
    others.update(f"refused by the server, without the room's name: {reason}" for reason in unnamed)
    return Fates(tuple(sorted(joined)), others, tuple(silent[len(unnamed) :]))


async def measure_burst(local: LocalServer, folder: Path, count: int) -> str:
    """Return the figures."""
    server = local.info
    settings = {**server_settings(server), "TTS_PROVIDER": "espeak"}
    mark = uuid4().hex[:8]
    rooms = [f"burst-{mark}-{number}" for number in range(count)]
    with BotProcess("worker", *FLAGS, settings=settings, folder=folder) as worker:
        await worker.says("registered for")
        await until(lambda: len(idle_processes(worker)) == 2)
        await asyncio.sleep(2 * SETTLED_DELAY)
        async with client_of(server) as client:
            log_before = len(local.log.read_text(errors="replace"))
            began_at = time.time()

            def found() -> Fates:
                return fates(rooms, worker.output, local.log.read_text(errors="replace")[log_before:], began_at)

            async with asyncio.TaskGroup() as group:
                for room in rooms:
                    group.create_task(dispatch(client, room))
            await until_seen(lambda: found().is_settled, JOIN_LIMIT_DELAY)
            result = found()
            for room in result.silent:
                is_listed = bool(await client.agent_dispatch.list_dispatch(room))
                result.others[WAITING if is_listed else LOST] += 1
            closed_at = time.time()
            await close_rooms(client, rooms)
            await all_ended(worker)
            ended = [job.ended_at - closed_at for job in jobs_of(worker.output).values() if job.ended_at is not None]
    joined = result.joined
    when = f", the first after {joined[0]:.1f} s, the last after {joined[-1]:.1f} s" if joined else ""
    lines = [f"burst of {count} dispatches: {len(joined)} joined within {JOIN_LIMIT_DELAY:.0f} s{when}"]
    lines += [f"  {number} {fate}" for fate, number in result.others.most_common()]
    lines.append(f"  none lost: {'NO' if result.others[LOST] else 'yes'}")
    lines.append(f"  all bots gone {max(ended, default=0.0):.1f} s after their rooms were closed")
    return "\n".join(lines)
