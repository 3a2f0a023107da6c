"""`python -m bot dial`: call a telephone, and talk with whoever answers."""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line.flags import add_json, command_parser
from bot.command_line.output import write_json, write_lines
from bot.process import exit_codes
from bot.process.exit_codes import ExitCode
from bot.settings.arguments import parse_arguments
from bot.settings.options import Options
from bot.telephony.number import read_number
from bot.telephony.outgoing_call import LONGEST_RING_DELAY, RING_DELAY, OutgoingCall

if TYPE_CHECKING:
    from bot.settings.reading import Reading

DESCRIPTION = (
    "Joins a room, has the LiveKit server call the number through an outbound trunk of its SIP service, and greets "
    "when somebody answers. Ends when they hang up. All other flags are the bot's: see python -m bot --help."
)

_NOT_HERE = {
    "participant": "the bot talks with whoever is called",
    "stay": "the bot leaves with the call",
}


def main(argv: Sequence[str]) -> int:
    """Make the call. Once it has begun, ends the process with the exit code instead of returning: see `bot.cli`."""
    arguments, options = _parse(argv)
    from bot.process.signals import LeaveRequests

    requests = LeaveRequests()
    call = OutgoingCall(arguments.to, arguments.trunk, arguments.caller_number or "", arguments.ring_timeout)
    room = str(options.get("room", "")) or f"dial-{secrets.token_hex(6)}"
    from bot.settings.demo import with_local_model
    from bot.settings.describe import files_read
    from bot.settings.reading import missing_providers

    notes: tuple[str, ...] = ()
    reading = _read(options, room, call, os.environ)
    if reading.settings is not None and reading.settings.demo:
        environ, notes = with_local_model(reading, os.environ)
        reading = _read(options, room, call, environ)
    faults = (*reading.faults, *missing_providers(reading))
    for line in (*reading.warnings, *faults):
        sys.stderr.write(line + "\n")
    if reading.settings is None or faults:
        sys.stderr.write(files_read(reading.files, reading.directory) + "\n")
        return ExitCode.SETTINGS

    from bot.process.run_command import run
    from bot.telephony.dialing import Dialing

    dialing = Dialing(call)
    outcome = dialing.outcome(room, run(reading.settings, requests, notes, until=dialing.run))
    if arguments.json:
        write_json(outcome.as_dict())
    else:
        write_lines([str(outcome)])
    sys.stderr.flush()
    os._exit(outcome.code)


def _parse(argv: Sequence[str]) -> tuple[argparse.Namespace, Options]:
    parser = command_parser("dial", DESCRIPTION, epilog=exit_codes.HELP)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter  # the codes are lines
    parser.usage = "%(prog)s --to NUMBER --trunk ID [--from NUMBER] [--ring-timeout S] [--json], and flags of the bot"
    parser.add_argument("--to", required=True, type=_number, metavar="NUMBER", help="whom to call, as +15551234567")
    parser.add_argument("--trunk", required=True, metavar="ID", help="outbound trunk of the server, ST_...")
    parser.add_argument(
        "--from",
        dest="caller_number",
        type=_number,
        metavar="NUMBER",
        help="the number that the other side sees, one of the trunk's; default: the trunk's choice",
    )
    parser.add_argument(
        "--ring-timeout",
        type=_ring_delay,
        default=RING_DELAY,
        metavar="S",
        help=f"seconds for which it rings, at most {LONGEST_RING_DELAY}; default %(default)s",
    )
    add_json(parser)
    own, rest = parser.parse_known_args(argv)
    bot = parse_arguments(rest, within=parser)
    for name, advice in _NOT_HERE.items():
        if name in bot.options:
            parser.error(f"--{name} is no flag of dial: {advice}")
    if bot.print_config:
        parser.error("--print-config is no flag of dial: use python -m bot --print-config")
    if not own.trunk.strip():
        parser.error("--trunk: give the id of an outbound trunk, ST_...")
    return own, bot.options


def _number(text: str) -> str:
    try:
        return read_number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _ring_delay(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_RING_DELAY:
        raise argparse.ArgumentTypeError(f"give 1 to {LONGEST_RING_DELAY} seconds, not {text!r}")
    return int(text)


def _read(options: Options, room: str, call: OutgoingCall, environ: Mapping[str, str]) -> "Reading":
    """Read the bot's settings; the call has a room of its own, whatever BOT_ROOM says, and the bot hears it alone."""
    from bot.settings.reading import read_settings

    return read_settings(
        {**options, "room": room, "participant": call.identity},
        environ=environ,
        directory=Path.cwd(),
        origin="flag",
        unused=("livekit_token", "stay"),
    )
