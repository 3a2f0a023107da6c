"""Measure the bot: in a real room, against simulated providers, with a caller that talks with it.

A LiveKit server of its own, the simulators, and the bot as `python -m bot` are processes; the caller is this one. Only
loopback is used. It wants the machine for itself: otherwise the figures are printed all the same, but are no result,
and it says so.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.livekit.server import LocalServer, ServerError, find_or_build
from tests.bench.demo_talk import DemoTalk
from tests.bench.faults import FaultTurns
from tests.bench.load import Load
from tests.bench.processes import NotStarted
from tests.bench.report import Measured, as_dict, as_text, figures, part_as_text
from tests.bench.run import QUICK, Bench, BotEnded, Extent, say
from tests.bench.summary_turns import SummaryTurns
from tests.bench.talk import TalkFailed
from tests.bench.tool_turns import ToolTurns

MISSED, FAILED = 1, 2

Part = ToolTurns | SummaryTurns | DemoTalk | FaultTurns

PARTS: dict[str, Callable[[Bench], Coroutine[Any, Any, tuple[Part, Load]]]] = {
    "tools": Bench.run_tools,
    "summaries": Bench.run_summaries,
    "demo": Bench.run_demo,
    "faults": Bench.run_faults,
}
"""What can be measured alone; the demo only so, as it has no simulators whose time could be taken off, and faults."""


def main() -> int:
    """The command line."""
    arguments = _parser().parse_args()
    extent = QUICK if arguments.quick else Extent()
    if arguments.turns is not None:
        extent = replace(extent, turns=arguments.turns)
    if arguments.barge_ins is not None:
        extent = replace(extent, barge_ins=arguments.barge_ins)
    shown = {"profile": arguments.profile, "seed": arguments.seed, "python": platform.python_version()}
    measured: Measured | None = None
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            server = stack.enter_context(LocalServer(find_or_build(progress=say)))
            bench = Bench(extent, arguments.profile, arguments.seed, server.info, server.pid, folder.resolve())
            if arguments.only:
                part, load = asyncio.run(PARTS[arguments.only](bench))
                print(part_as_text(part, load, shown))
                return 0
            measured = asyncio.run(bench.run())
        except* (ServerError, OSError, NotStarted, AssertionError, BotEnded, TalkFailed) as failures:
            _tell(failures)
        except* KeyboardInterrupt:
            say("broken off")
    if measured is None:
        return FAILED
    print(as_text(measured, shown))
    if arguments.json:
        arguments.json.write_text(json.dumps(shown | as_dict(measured), indent=1), encoding="utf-8")
        say(f"every sample is in {arguments.json}")
    is_good = not measured.load.faults() and all(each.is_met is not False for each in figures(measured))
    return MISSED if arguments.strict and not is_good else 0


def _tell(failures: BaseExceptionGroup[Exception]) -> None:
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            _tell(failure)
        else:
            say(str(failure) or type(failure).__name__)


def _parser() -> argparse.ArgumentParser:
    default = Extent()
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    parser.add_argument("--profile", choices=("fixed", "cloud"), default="fixed", help="how fast the providers are")
    parser.add_argument("--turns", type=int, metavar="N", help=f"default {default.turns}")
    parser.add_argument("--barge-ins", type=int, metavar="N", help=f"default {default.barge_ins}")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK.turns} turns, {QUICK.barge_ins} barge-ins, and less of all else"
    )
    parser.add_argument("only", choices=PARTS, nargs="?", metavar="PART", help="the same as --only")
    parser.add_argument("--only", choices=PARTS, default=argparse.SUPPRESS, help="measure that part alone")
    parser.add_argument("--seed", type=int, default=0, help="of what is said and when, and of the providers' chances")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave logs, journal and recording there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for a missed target, and for no result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
