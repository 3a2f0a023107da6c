"""`python -m bot serve`: tokens and sessions by HTTP, and a page to talk on; with --worker, the bots as well."""

import os
import sys
from collections.abc import Sequence

from bot.serve.arguments import parse


def main(argv: Sequence[str]) -> int:
    """Serve until a signal ends it, and end the process, see `bot.cli.main`."""
    arguments = parse(argv)
    from bot.serve.command import run

    code = run(arguments)
    sys.stderr.flush()
    os._exit(code)
