"""`python -m bot talk`: talk with the bot on a page of this machine, or play a recording to it."""

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
    """Imports what is heavy only now: --help and wrong usage must not wait for it."""
    from bot.talk.command import run

    return run(arguments)
