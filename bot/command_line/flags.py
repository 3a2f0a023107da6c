"""Shared parts of the commands' parsers. Imports the standard library only, so that --help stays quick."""

import argparse

from bot.command_line.commands import COMMANDS
from bot.command_line.output import Parser


def command_parser(name: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """Make the parser of the command `name`; `description` follows the command's line in COMMANDS."""
    meaning = COMMANDS[name]
    return Parser(
        prog=f"python -m bot {name}",
        description=f"{meaning[0].upper()}{meaning[1:]}. {description}".strip(),
        epilog=epilog,
        allow_abbrev=False,  # an abbreviation would change its meaning with the next flag that is added
    )


def seconds(text: str) -> float:
    """Read the value of a flag that takes seconds."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"give seconds, such as 30, not {text!r}") from None


def count(text: str) -> int:
    """Read a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"give a whole number, such as 2, not {text!r}")
    return int(text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text for people")
