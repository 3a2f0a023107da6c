"""What the commands write on stdout, as text or JSON. Nothing else gets there: see `bot.process.standard_streams`."""

import argparse
import io
import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.process.standard_streams import stdout

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Parser(argparse.ArgumentParser):
    """A parser whose --help is what the command says: argparse would print it to where anything prints."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Print the help, to stdout if no file is given."""
        super().print_help(file or stdout())


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of text; escapes control characters, so that words from outside cannot steer the terminal."""
    from pipeline.text.printable import printable  # only now: --help loads the standard library alone

    write_text("".join(f"{printable(line)}\n" for line in lines))


def write_json(value: object) -> None:
    """Write a value as JSON."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_text(text: str) -> None:
    """Write text as it is, at once."""
    out = stdout()
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")  # in JSON that is an escape, too
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # or the interpreter complains at its end
