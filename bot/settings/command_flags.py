"""The bot's own flags in the parsers of other commands."""

import argparse
from collections.abc import Sequence
from typing import Any

from bot.settings.options import OPTIONS


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
