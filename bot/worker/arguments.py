"""The command line of `python -m bot worker`: its own flags and the bot's."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.command_line.flags import command_parser, count, seconds
from bot.settings.arguments import parse_arguments
from bot.settings.options import Options
from bot.worker.machine import Machine
from bot.worker.process_memory import can_be_read
from bot.worker.program_places import ProgramPlaces, add_program_flags, given_places

JOBS_A_CORE = 4
"""Calls for each core: one takes about 14 % of a core, and who speaks at the same time as others must not wait."""

DRAIN_DELAY = 600.0
HOUR = 3600.0
RECYCLE_DELAY = 12 * HOUR

DESCRIPTION = (
    "Waits until LiveKit's dispatch gives it a room. Without --agent-name every new room is offered to it, with one "
    "those that a token, a dispatch rule of telephony or the server's API asks it for. All other flags are the bot's, "
    "except --room: see python -m bot --help."
)

EPILOG = (
    "SIGTERM or Ctrl-C drains it: it takes no more jobs and ends with its last call, or --drain-timeout later. A "
    "second one ends the calls at once. Exit codes: 0 drained, 2 settings, 3 the server refuses the key pair, "
    "9 stopped before it had begun."
)


@dataclass(frozen=True)
class WorkerArguments:
    """The parsed command line; `bot_flags` are the bot's as they were written, for the processes of the jobs."""

    agent_name: str
    idle: int
    max_jobs: int
    drain_delay: float
    max_memory: int
    """Bytes for one job's processes, 0 for no limit."""
    recycle_delay: float
    """Seconds, 0 for never."""
    bot_flags: tuple[str, ...]
    bot_options: Options
    places: ProgramPlaces = field(default_factory=ProgramPlaces)
    """Of the operator's own entry, if there is one."""


def parse(
    argv: Sequence[str], own_places: ProgramPlaces | None = None, within: argparse.ArgumentParser | None = None
) -> WorkerArguments:
    """Read the flags in `argv`; wrong usage exits with code 2, as argparse does.

    `own_places` are those of a program that runs the worker itself, instead of the flags for them. `within` is the
    parser of a command that takes these flags beside its own: errors then show its usage.
    """
    parser = command_parser("worker", DESCRIPTION, EPILOG)
    parser.usage = (
        "%(prog)s [--agent-name NAME] [--idle N] [--max-jobs N] [--drain-timeout S] ..., and flags of the bot"
    )
    if within is not None:
        parser.prog, parser.usage = within.prog, within.usage
    parser.add_argument("--agent-name", default="", metavar="NAME", help="take only jobs for this name")
    parser.add_argument(
        "--idle", type=count, default=1, metavar="N", help="processes that have loaded a bot and wait; default 1"
    )
    jobs = max(int(JOBS_A_CORE * Machine().cores), 1)
    parser.add_argument(
        "--max-jobs", type=count, default=jobs, metavar="N", help=f"calls at the same time; default {jobs} here"
    )
    parser.add_argument(
        "--drain-timeout",
        type=seconds,
        default=DRAIN_DELAY,
        metavar="S",
        help=f"seconds for calls to end by themselves when it drains; default {DRAIN_DELAY:.0f}",
    )
    parser.add_argument(
        "--max-memory",
        type=count,
        default=0,
        metavar="MB",
        help="memory (PSS) for one call's processes: a bot that takes more is replaced once, then its call ends",
    )
    parser.add_argument(
        "--recycle",
        type=hours,
        default=RECYCLE_DELAY,
        metavar="HOURS",
        help=f"how long processes wait before fresh ones replace them; default {RECYCLE_DELAY / HOUR:.0f}, 0 for ever",
    )
    if own_places is None:
        add_program_flags(parser)
    own, rest = parser.parse_known_args(argv)
    bot = parse_arguments(rest, within=parser)
    if own.max_jobs < 1:
        parser.error("--max-jobs: give at least 1")
    if own.drain_timeout < 0:
        parser.error("--drain-timeout: give 0 or more seconds")
    if own.max_memory and not can_be_read():
        parser.error("--max-memory: this system does not tell what processes take; it needs Linux")
    for name, advice in _NOT_HERE.items():
        if name in bot.options:
            parser.error(f"--{name} is no flag of worker: {advice}")
    if bot.print_config:
        parser.error("--print-config is no flag of worker: use python -m bot --print-config")
    places = given_places(own) if own_places is None else own_places
    return WorkerArguments(
        agent_name=own.agent_name,
        idle=own.idle,
        max_jobs=own.max_jobs,
        drain_delay=own.drain_timeout,
        max_memory=own.max_memory << 20,
        recycle_delay=own.recycle,
        bot_flags=tuple(rest),
        bot_options=bot.options,
        places=places,
    )


def hours(text: str) -> float:
    """Read a number of hours, and return seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"give hours, such as 12, or 0, not {text!r}")
    return value * HOUR


_NOT_HERE = {"room": "LiveKit names the rooms", "stay": "a job ends with its room"}
