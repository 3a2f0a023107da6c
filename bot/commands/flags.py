"""Shared parts of the commands' parsers. Imports the standard library only, so that --help stays quick."""

import argparse
from collections.abc import Sequence
from typing import Any

from bot.commands import COMMANDS
from bot.commands.output import Parser
from bot.settings.options import OPTIONS


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


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text for people")


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add the bot's own flags for these settings; flags that are not given leave no attribute in the namespace."""
    group = parser.add_argument_group(
        "settings", "flags of the bot; they win over the environment, .env.local and .env"
    )
    for option in OPTIONS:
        if option.name in names and option.flag:
            how: dict[str, Any] = {"metavar": option.metavar}
            if option.is_switch:
                how = {"action": argparse.BooleanOptionalAction}
            help_text = f"{option.meaning} [{option.variable}]".replace("%", "%%")
            group.add_argument(option.flag, dest=option.name, default=argparse.SUPPRESS, help=help_text, **how)


def given_settings(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, object]:
    """Return the settings that were given as flags."""
    return {name: value for name, value in vars(arguments).items() if name in names}
