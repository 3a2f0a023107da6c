"""Measure a worker, `python -m tests.bench.worker [PART ...]`: all parts, or those that are named.

greeting  from the request to dispatch to the first sample that a caller hears who was there before; those of its parts
          are the worker's own, from its log: from the job to its process, and from there to the room. Then memory, and
          from a server that takes connections again to a worker that it gives jobs.
burst     many dispatches at once: how many join within 30 s, how many are refused and why, none lost.
calls     several people who talk at once, each with a bot of the same worker, against simulated providers: their
          voice-to-voice, the CPU of a call, and the knee.
killed    a worker killed with five calls: its rooms are served anew by another one, whose own call goes on.

A LiveKit server of its own, workers as `python -m bot worker` with the voice of espeak-ng (or the simulated one), and
callers in this process. It wants the machine for itself: otherwise the figures are no result, and it says so.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from scripts.livekit.server import LocalServer, find_or_build
from tests.bench.load import LoadWatch
from tests.bench.report import why_not
from tests.bench.run import say
from tests.bench.worker.burst import measure_burst
from tests.bench.worker.calls import CallsBench, calls_table
from tests.bench.worker.greeting import measure_greetings
from tests.bench.worker.killed import measure_killed

Part = Callable[[LocalServer, Path, argparse.Namespace], Awaitable[str]]


async def _calls(local: LocalServer, folder: Path, arguments: argparse.Namespace) -> str:
    watch = LoadWatch()
    say("looking whether this machine has nothing else to do")
    watch.add(local.pid)
    await watch.before()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch.watch())
        rows = await CallsBench(local.info, local.pid, watch, folder, arguments.turns).measure(arguments.calls)
        watching.cancel()
    return "\n".join((calls_table(rows), *why_not(watch.load)))


PARTS: dict[str, Part] = {
    "greeting": lambda local, folder, arguments: measure_greetings(local, folder, arguments.times),
    "burst": lambda local, folder, arguments: measure_burst(local, folder, arguments.burst),
    "calls": _calls,
    "killed": lambda local, folder, _: measure_killed(local.info, folder),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.worker", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="dispatches up to a greeting; default 20")
    parser.add_argument("--burst", type=int, default=20, metavar="N", help="dispatches at once; default 20")
    parser.add_argument(
        "--calls", type=_counts, default=(1, 2, 4, 8), metavar="N,N", help="calls at once; default 1,2,4,8"
    )
    parser.add_argument("--turns", type=int, default=15, metavar="N", help="turns of each caller; default 15")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}: name some of {', '.join(PARTS)}")
    for name in arguments.parts or PARTS:
        say(f"worker: {name}")
        with LocalServer(find_or_build()) as server, tempfile.TemporaryDirectory() as folder:
            print(asyncio.run(_told(PARTS[name], server, Path(folder), arguments)), flush=True)
    print(f"load of this machine in the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


async def _told(part: Part, server: LocalServer, folder: Path, arguments: argparse.Namespace) -> str:
    return await part(server, folder, arguments)


def _counts(text: str) -> tuple[int, ...]:
    """Numbers of calls; the first has to be 1, which the others are compared with."""
    try:
        counts = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: give numbers with commas, such as 1,2,4") from None
    if counts[0] != 1:
        raise argparse.ArgumentTypeError("begin with 1: the others are compared with one call")
    return counts


if __name__ == "__main__":
    main()
