"""Output of the commands on stdout, as text or JSON."""

import io
import json
import os
import sys
from collections.abc import Iterable


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of text; escapes control characters, so that words from outside cannot steer the terminal."""
    from pipeline.text.printable import printable  # only now: --help loads the standard library alone

    _write("".join(f"{printable(line)}\n" for line in lines))


def write_json(value: object) -> None:
    """Write a value as JSON."""
    _write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _write(text: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # in JSON that is an escape, too
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
