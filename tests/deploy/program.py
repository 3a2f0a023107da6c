"""The program, as the files of deploy/ speak of it: its commands, its variables, what it serves."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.serve.arguments import ServeArguments, parse
from bot.settings.options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

VARIABLES = {option.variable for option in OPTIONS}

UID = 10001
"""The user of the image."""

PORT = 8080


def served(command: Sequence[str]) -> ServeArguments:
    """What `rawbot` takes this command for; wrong flags exit."""
    assert command[0] == "serve", command
    return parse(command[1:])


def unknown_variables(names: Iterable[str]) -> set[str]:
    """Those that the program does not read."""
    return set(names) - VARIABLES
