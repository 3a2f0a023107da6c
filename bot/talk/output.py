"""What a talk writes: its progress to stderr, what was said and measured to stdout."""

import sys


def say(line: str) -> None:
    """Write a line of progress to stderr."""
    sys.stderr.write(f"talk: {line}\n")
    sys.stderr.flush()
