"""`python -m bot call`: call a bot as a person would, and print its answers and how fast they came."""

import argparse
import gc
import logging
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.caller.call_items import CallItem
from bot.command_line.flags import add_json, command_parser, seconds
from bot.command_line.output import write_json, write_text
from bot.process import exit_codes
from bot.process.exit_codes import ExitCode
from bot.settings.command_flags import add_settings, given_settings

if TYPE_CHECKING:
    from bot.caller.call import Patience
    from bot.caller.outcome import CallOutcome
    from bot.caller.settings import CallSettings

SETTINGS = ("room", "url", "tts", "voice", "language")

DESCRIPTION = (
    "Joins as a person, waits until the bot listens, plays or speaks the questions one after the other, each after the "
    "answer to the one before, and leaves. The transcript and the delays go to stdout, the progress to stderr."
)

TIMEOUT = 30.0
"""Seconds; a slow language model with a slow voice needs less."""

LONGEST_TEXT = 5_000
"""Characters of one --say: five minutes of speech."""


def main(argv: Sequence[str]) -> int:
    """Make the call. Once it has begun, ends the process with the exit code instead of returning: see `bot.cli`."""
    arguments = _parser().parse_args(argv)
    _check(arguments)

    from bot.caller.settings import read_call_settings
    from bot.settings.describe import files_in
    from bot.settings.values import read_output_path
    from pipeline.errors import SettingsError

    flags = given_settings(arguments, (*SETTINGS, "identity"))
    speaks = any(item.path is None for item in arguments.items)
    lines: list[str] = []
    record = settings = None
    try:
        settings = read_call_settings(flags, speaks=speaks, environ=os.environ, directory=Path.cwd())
        lines += settings.warnings
    except SettingsError as error:
        lines += (*error.faults, files_in(Path.cwd()))
    try:
        record = read_output_path(arguments.record) if arguments.record else None
    except ValueError as error:
        lines.append(f"--record {error}.")
        settings = None
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if settings is None:
        return ExitCode.SETTINGS
    code = _run(arguments, settings, record)
    sys.stdout.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("call", DESCRIPTION, epilog=exit_codes.HELP)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter  # the codes are lines
    parser.description = textwrap.fill(parser.description or "", 100)
    items = parser.add_argument_group("questions, asked in this order; at least one")
    items.add_argument(
        "--play", dest="items", action="append", type=_wav, metavar="FILE", help="play a WAV file with speech"
    )
    items.add_argument(
        "--say",
        dest="items",
        action="append",
        type=_text,
        metavar="TEXT",
        help="speak a text, with the voice of --tts, else one of this machine",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="write the call to this WAV file: the caller on the left channel, the bot on the right",
    )
    parser.add_argument(
        "--identity",
        default=argparse.SUPPRESS,
        metavar="NAME",
        help="identity of the caller; default BOT_PARTICIPANT if set, else caller-<random>",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long to wait for the bot to join and listen, and for each answer to begin; default %(default).0f",
    )
    add_json(parser)
    add_settings(parser, SETTINGS)
    return parser


def _wav(path: str) -> CallItem:
    return CallItem(path=Path(path))


def _text(text: str) -> CallItem:
    return CallItem(text=text)


def _check(arguments: argparse.Namespace) -> None:
    parser = _parser()
    if not arguments.items:
        parser.error("nothing to say: give --play FILE or --say TEXT")
    if any(item.path is None and not item.text.strip() for item in arguments.items):
        parser.error("--say has no words: give it a text")
    if any(len(item.text) > LONGEST_TEXT for item in arguments.items):
        parser.error(f"--say takes at most {LONGEST_TEXT} characters: give it in parts")
    if not 0 < arguments.timeout <= 3600:
        parser.error("--timeout must be more than 0, and at most 3600 seconds")


def _run(arguments: argparse.Namespace, settings: "CallSettings", record: Path | None) -> int:
    import asyncio

    from bot.caller.call import Patience
    from bot.process import logs
    from bot.process.interruption import STOPPED, raise_on_request
    from bot.process.signals import end_on_panic
    from pipeline.errors import ProviderError
    from pipeline.wav import WavError

    logs.configure("warning", secrets=settings.secrets)
    end_on_panic()
    patience = Patience(ready_delay=arguments.timeout, answer_delay=arguments.timeout)
    raise_on_request()
    try:
        outcome = asyncio.run(_call(arguments, settings, patience, record))
    except WavError as error:
        _report(str(error))
        return ExitCode.SETTINGS
    except ProviderError as error:
        _report(str(error))
        return ExitCode.PROVIDER
    except KeyboardInterrupt:
        _report(STOPPED)
        return ExitCode.STOPPED
    except Exception:
        logging.getLogger(__name__).exception("a bug ended the call; please report it together with this log")
        return ExitCode.BUG
    _conclude(outcome, patience, as_json=arguments.json)
    return outcome.code


async def _call(
    arguments: argparse.Namespace, settings: "CallSettings", patience: "Patience", record: Path | None
) -> "CallOutcome":
    from bot.caller.calling import make_call, prepare

    questions = await prepare(arguments.items, settings)
    gc.freeze()  # a collection that walks all loaded modules would take long enough for a gap in the audio
    show = _nothing if arguments.json else _show
    return await make_call(questions, settings, patience, record, report=_report, show=show)


def _conclude(outcome: "CallOutcome", patience: "Patience", *, as_json: bool) -> None:
    from bot.caller import report as reports

    if as_json:
        write_json(reports.as_json(outcome, patience))
    else:
        _show(reports.summary_lines(outcome))
    for problem in reports.problems(outcome, patience):
        _report(problem)


def _show(lines: Sequence[str]) -> None:
    write_text("".join(f"{line}\n" for line in lines))


def _nothing(_: Sequence[str]) -> None: ...


def _report(line: str) -> None:
    from pipeline.text.printable import printable

    sys.stderr.write(f"call: {printable(line)}\n")
