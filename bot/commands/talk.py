"""`python -m bot talk`: talk with the bot in a browser on this machine, or play a recording to it."""

import os
import sys
from collections.abc import Sequence

from bot.talk.arguments import TalkArguments, parse


def main(argv: Sequence[str]) -> int:
    """Run the talk, and end the process with its exit code: see `bot.cli.main`."""
    arguments = parse(argv)
    code = _run(arguments)
    sys.stdout.flush()
    os._exit(code)


def _run(arguments: TalkArguments) -> int:
    """Import the heavy part only now: --help and usage errors must not wait for it."""
    from bot.talk.command import run

    return run(arguments)
