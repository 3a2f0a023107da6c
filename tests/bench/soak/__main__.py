"""Watch one process of bots for growth: `scripts/soak`.

By default 200 calls, two at a time: a caller joins, hears the greeting, asks something, hears the answer, and leaves.
After each pair, when nobody is in a call, the process says what it holds. With --talk SECONDS it is one call of that
length, which is looked at every 20 s. A LiveKit server of its own, the simulated providers and the callers run beside;
only loopback is used. Memory does not depend on what else the machine does: this may run beside other work.
"""

import argparse
import asyncio
import math
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from scripts.livekit.server import LocalServer, ServerError, find_or_build
from tests.bench.processes import NotStarted, Simulators
from tests.bench.run import say
from tests.bench.soak.process import Bots, Sample, SoakFailed
from tests.bench.soak.trend import Trend
from tests.bench.speech import Phrasebook, vocabulary
from tests.bench.talk import Talk, TalkFailed
from tests.support.access import Server
from tests.support.caller import Caller

MISSED, FAILED = 1, 2

SETTLED_CALLS = 20
"""Calls after which all that is loaded once, and kept, is there."""

SETTLED_DELAY = 60.0
"""Seconds of one call after which it is."""

MOST_GROWTH = 10.0
"""MB from there to the end."""

LOOK_INTERVAL = 20.0
"""Seconds between two looks at one call."""

MOST_FAILURES = 3
"""Calls that may fail before the run is given up."""

QUANTITIES = {"memory": "MB", "threads": "", "tasks": "", "files": ""}


@dataclass
class Soak:
    """What was seen."""

    unit: str
    """Of what growth is told: a call, or an hour."""
    at: list[float] = field(default_factory=list)
    """In that unit."""
    samples: list[Sample] = field(default_factory=list)
    turns: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, at: float, sample: Sample) -> None:
        """Note one more sample."""
        self.at.append(at)
        self.samples.append(sample)

    def trend(self, quantity: str) -> Trend:
        """Return how a quantity grows; raises ValueError with fewer than two samples."""
        return Trend.of(self.at, [float(getattr(sample, quantity)) for sample in self.samples])

    def lines(self) -> list[str]:
        """For a terminal."""
        lines = [f"{'':10}{'settled':>12}{'at the end':>12}{'growth':>10}   slope for each {self.unit}, 95 %"]
        for quantity, unit in QUANTITIES.items():
            trend = self.trend(quantity)
            numbers = f"{trend.first:9.1f} {unit:2}{trend.last:9.1f} {unit:2}{trend.growth:+7.1f} {unit:2}"
            margin = "?" if math.isinf(trend.margin) else f"{trend.margin:.4f}"
            verdict = "  it grows" if trend.is_sure else ""
            lines.append(f"{quantity:10}{numbers}   {trend.slope:+.4f} +- {margin} {unit}{verdict}")
        return [*lines, *(f"failed: {failure}" for failure in self.failures)]


async def soak_calls(bots: Bots, server: Server, count: int, at_once: int) -> Soak:
    """Hold so many calls, some at a time; raises SoakFailed when too many fail."""
    soak = Soak("call")
    for first in range(0, count, at_once):
        async with asyncio.TaskGroup() as group:
            for number in range(first, min(first + at_once, count)):
                group.create_task(_call(bots, server, number, soak))
        if len(soak.failures) > MOST_FAILURES:
            raise SoakFailed("; ".join(soak.failures))
        done = min(first + at_once, count)
        sample = await bots.sample()
        if done >= min(SETTLED_CALLS, count // 2):
            soak.add(done, sample)
        if done % 20 < at_once:
            say(f"{done} of {count} calls, {sample.memory:.1f} MB")
    return soak


async def _call(bots: Bots, server: Server, number: int, soak: Soak) -> None:
    room = f"soak-{number}"
    try:
        async with Caller(server.url, server.api_key, server.api_secret, room=room) as caller:
            await bots.join(room)
            try:
                await Talk(caller, Phrasebook(number), number).turns(1)
                soak.turns += 1
            finally:
                await bots.leave(room)
    except (SoakFailed, TalkFailed) as failure:
        soak.failures.append(str(failure))


async def soak_talk(bots: Bots, server: Server, duration: float) -> Soak:
    """Hold one call of so many seconds; raises SoakFailed and TalkFailed."""
    soak = Soak("hour")
    async with Caller(server.url, server.api_key, server.api_secret, room="soak") as caller:
        await bots.join("soak")
        began_at = monotonic()
        talk = Talk(caller, Phrasebook(0), 0)
        looked_at = began_at + SETTLED_DELAY - LOOK_INTERVAL
        while (now := monotonic()) < began_at + duration:
            await talk.turns(1)
            soak.turns += 1
            if now >= looked_at + LOOK_INTERVAL:
                looked_at = now
                soak.add((now - began_at) / 3600, await bots.sample())
                say(f"{now - began_at:.0f} s, {soak.turns} turns, {soak.samples[-1].memory:.1f} MB")
        await bots.leave("soak")
    return soak


async def _run(local: LocalServer, arguments: argparse.Namespace, folder: Path) -> Soak:
    with Simulators("fixed", dict.fromkeys(vocabulary()), 0, folder) as simulators:
        settings = {**simulators.bot_settings(local.info), "BOT_GREETING": "Hello there."}
        async with Bots(settings, folder) as bots:
            if arguments.talk:
                return await soak_talk(bots, local.info, arguments.talk)
            return await soak_calls(bots, local.info, arguments.calls, arguments.at_once)


def main() -> int:
    """The command line."""
    arguments = _parser().parse_args()
    began_at = monotonic()
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            local = stack.enter_context(LocalServer(find_or_build(progress=say)))
            soak = asyncio.run(_run(local, arguments, folder.resolve()))
            print("\n".join(soak.lines()))
        except (ServerError, NotStarted, SoakFailed, TalkFailed, ValueError) as failure:
            print(f"soak: {failure}", file=sys.stderr)
            return FAILED
    print(f"{soak.turns} turns in {monotonic() - began_at:.0f} s")
    is_missed = soak.trend("memory").growth >= MOST_GROWTH
    if is_missed:
        print(f"memory has grown by {MOST_GROWTH:.0f} MB or more")
    return MISSED if is_missed and arguments.strict else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=200, metavar="N", help="default 200")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="default 2")
    parser.add_argument("--talk", type=float, metavar="SECONDS", help="one call of that length in place of many")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the process's log there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when it grows by 10 MB or more")
    return parser


if __name__ == "__main__":
    sys.exit(main())
