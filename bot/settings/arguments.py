"""The command line: flags in, options out. The values are checked later, together with those of other sources."""

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast, get_args

from bot.command_line.commands import COMMANDS
from bot.command_line.output import Parser, write_text
from bot.process import exit_codes
from bot.process.exit_codes import ExitCode
from bot.providers.registry import KINDS, NO_PROVIDER, offering
from bot.settings.option import Group, Option
from bot.settings.options import OPTIONS, Options

PROGRAM = "python -m bot"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for. `options` holds only what was given."""

    options: Options
    print_config: bool


def parse_arguments(argv: Sequence[str], within: argparse.ArgumentParser | None = None) -> Arguments:
    """Read the bot's flags in `argv` (without the program's name); wrong usage exits with code 2, as argparse does.

    `within` is the parser of a command that takes these flags beside its own: errors then show its usage.
    """
    parser = build_parser()
    if within is not None:
        parser.prog, parser.usage = within.prog, within.usage
    given, unknown = parser.parse_known_args(argv)
    if unknown:
        _refuse(parser, unknown, flags_of(parser) + (flags_of(within) if within else []))
    values = vars(given)
    print_config = bool(values.pop("print_config"))
    return Arguments(cast(Options, values), print_config)


def build_parser() -> argparse.ArgumentParser:
    """Make the bot's parser from the table of options."""
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s --room NAME [options]\n       %(prog)s COMMAND [options]",
        description="A voice bot that joins a LiveKit room, listens to one person and talks with them.",
        epilog=_epilogue(),
        formatter_class=_Formatter,
        allow_abbrev=False,  # an abbreviation would change its meaning with the next flag that is added
        argument_default=argparse.SUPPRESS,
    )
    for name in get_args(Group):
        options = [option for option in OPTIONS if option.group == name and option.has_flag]
        if not options:
            continue
        group = parser.add_argument_group(name)
        for option in options:
            _add(group, option)
        if name == "Running":
            group.add_argument(
                "--print-config",
                action="store_true",
                default=False,
                help="print each setting and where it comes from, secrets masked, and exit",
            )
            group.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34)


class _Version(argparse.Action):
    """Like argparse's own, but looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from pipeline.version import rawbot_version

        write_text(f"rawbot {rawbot_version() or '(not installed, running from its sources)'}\n")
        parser.exit(ExitCode.OK)


def _add(group: "argparse._ArgumentGroup", option: Option) -> None:
    how: dict[str, Any] = {"metavar": option.metavar}
    if option.is_switch:
        how = {"action": argparse.BooleanOptionalAction}
    group.add_argument(str(option.flag), dest=option.name, help=_help(option).replace("%", "%%"), **how)


def _help(option: Option) -> str:
    default = f"; default {option.shown_default}" if option.shown_default else ""
    return f"{option.meaning}{default} [{option.variable}]"


def _epilogue() -> str:
    lines = ["Commands, each with a --help of its own:"]
    lines += [f"  {name:<8} {meaning}" for name, meaning in COMMANDS.items()]
    lines += ["", "Known providers:"]
    for kind in KINDS:
        names = ", ".join([provider.name for provider in offering(kind)] + [NO_PROVIDER])
        lines.append(f"  --{kind}  {names}, or package.module:Class")
    lines += ["", "Only in the environment, .env.local or .env (never as flags):"]
    lines += [f"  {option.variable:<20} {option.meaning}" for option in OPTIONS if not option.has_flag]
    lines += [
        "",
        "A flag wins over [VARIABLE] in the environment, that over .env.local, and that over .env, both in the",
        "current directory. An empty value counts as not set. A secret may be @FILE: it is then read from that file.",
        "",
        exit_codes.HELP,
    ]
    return "\n".join(lines)


def flags_of(parser: argparse.ArgumentParser) -> list[str]:
    """List the flags that a parser takes; argparse offers no public list."""
    return list(parser._option_string_actions)


def _refuse(parser: argparse.ArgumentParser, unknown: Sequence[str], known: Sequence[str]) -> NoReturn:
    """Name each unknown flag or command and the nearest known one. Values are not repeated: one may be a secret."""
    if parser.prog == PROGRAM and not unknown[0].startswith("-"):
        near = difflib.get_close_matches(unknown[0], COMMANDS, n=1)
        if near:
            parser.error(f"there is no command {unknown[0]!r}, did you mean {near[0]}?")
    flags = [argument.split("=", 1)[0] for argument in unknown if argument.startswith("-")]
    if not flags:
        parser.error(f"{unknown[0]!r} belongs to no flag; a room is named with --room NAME")
    parser.error("; ".join(_unknown_flag(flag, known) for flag in flags))


def _unknown_flag(flag: str, known: Sequence[str]) -> str:
    for option in OPTIONS:
        if not option.has_flag and flag.lstrip("-").replace("-", "_").lower() == option.name:
            return f"{flag} is no flag: set {option.variable} in the environment or in .env"
    longer = sorted((name for name in known if len(flag) > 3 and name.startswith(flag)), key=len)
    near = longer or difflib.get_close_matches(flag, known, n=1)
    return f"unknown flag {flag}" + (f", did you mean {near[0]}?" if near else ", see --help")
