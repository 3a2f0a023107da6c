"""What the commands' parsers have in common. Only the standard library is imported here, so that --help stays quick."""

import argparse
from collections.abc import Sequence

from bot.commands import COMMANDS
from bot.settings.options import OPTIONS


def command_parser(name: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """The parser of a command: `name` is that of the table, `description` goes on from what the table says."""
    meaning = COMMANDS[name]
    return argparse.ArgumentParser(
        prog=f"python -m bot {name}",
        description=f"{meaning[0].upper()}{meaning[1:]}. {description}".strip(),
        epilog=epilog,
        allow_abbrev=False,  # an abbreviation would change its meaning with the next flag that is added
    )


def seconds(text: str) -> float:
    """The type of a flag that takes a duration."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"give seconds, such as 30, not {text!r}") from None


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json, which all commands have that tell something."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text for people")


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Flags of settings, as the bot itself has them; of those only what is given will be in the namespace."""
    group = parser.add_argument_group("settings", "these win over the environment, .env.local and .env, as for the bot")
    for option in OPTIONS:
        if option.name in names and option.flag:
            group.add_argument(
                option.flag,
                dest=option.name,
                metavar=option.metavar,
                default=argparse.SUPPRESS,
                help=f"{option.meaning} [{option.variable}]".replace("%", "%%"),
            )


def given_settings(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, object]:
    """The settings that were given as flags."""
    return {name: value for name, value in vars(arguments).items() if name in names}
