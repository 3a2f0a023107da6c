"""Progress of a talk on stderr; transcripts and measurements go to stdout."""

import sys

from bot.process.terminal import over_live_line


def say(line: str) -> None:
    """Write a line of progress to stderr."""
    sys.stderr.write(over_live_line(f"talk: {line}\n"))  # the status line of the bot, which shares this terminal
    sys.stderr.flush()
