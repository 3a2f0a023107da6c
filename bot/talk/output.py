"""What a talk writes: its progress to stderr, what was said and measured to stdout."""

import sys

from bot.process.terminal import over_live_line


def say(line: str) -> None:
    """Write a line of progress to stderr."""
    sys.stderr.write(over_live_line(f"talk: {line}\n"))  # the bot's, which shares this terminal
    sys.stderr.flush()
