"""`python -m bot worker`: LiveKit's dispatch sends it to rooms, and each gets a bot in a process of its own."""

import os
import sys
from collections.abc import Sequence

from bot.worker.arguments import parse


def main(argv: Sequence[str]) -> int:
    """Work until drained, and end the process, see `bot.cli.main`."""
    arguments = parse(argv)
    from bot.worker.command import run

    code = run(arguments)
    sys.stderr.flush()
    os._exit(code)
