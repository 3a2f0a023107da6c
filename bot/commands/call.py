"""`python -m bot call`: call a bot as a person would, and tell what it answered and how fast."""

import argparse
import gc
import json
import logging
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.caller.call_items import CallItem
from bot.commands.flags import add_json, add_settings, command_parser, given_settings, seconds
from bot.process import exit_codes
from bot.process.exit_codes import ExitCode
from bot.providers.registry import local_provider

if TYPE_CHECKING:
    from bot.caller.call import Patience
    from bot.caller.outcome import CallOutcome
    from bot.caller.settings import CallSettings

SETTINGS = ("room", "url", "tts", "voice", "language")

DESCRIPTION = (
    "It joins as a person, waits until the bot listens, plays or speaks one question after the other, each when the "
    "answer to the one before has ended, and leaves. What was said and how fast goes to stdout, how it goes to stderr."
)

TIMEOUT = 30.0
"""Seconds: a language model and a voice that are slow need less."""

LONGEST_TEXT = 5_000
"""Characters of one --say: five minutes of speech."""


def main(argv: Sequence[str]) -> int:
    """Make the call. Once it was begun this does not return, but ends the process with the exit code: see bot.cli."""
    arguments = _parser().parse_args(argv)
    _check(arguments)

    from bot.caller.settings import read_call_settings
    from bot.settings.values import read_output_path
    from pipeline.errors import SettingsError

    flags = given_settings(arguments, (*SETTINGS, "identity"))
    speaks = any(wish.path is None for wish in arguments.wishes)
    told: list[str] = []
    record = settings = None
    try:
        settings = read_call_settings(flags, speaks=speaks, environ=os.environ, directory=Path.cwd())
        told += settings.warnings
    except SettingsError as error:
        told += error.faults
    try:
        record = read_output_path(arguments.record) if arguments.record else None
    except ValueError as error:
        told.append(f"--record {error}.")
        settings = None
    sys.stderr.write("".join(f"{line}\n" for line in told))
    if settings is None:
        return ExitCode.SETTINGS
    code = _run(arguments, settings, record)
    sys.stdout.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("call", DESCRIPTION, epilog=exit_codes.HELP)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter  # the codes are lines
    parser.description = textwrap.fill(parser.description or "", 100)
    says = parser.add_argument_group("what is said, in the order given; at least one")
    says.add_argument(
        "--play", dest="wishes", action="append", type=_wav, metavar="FILE", help="a WAV file with speech"
    )
    says.add_argument(
        "--say",
        dest="wishes",
        action="append",
        type=_text,
        metavar="TEXT",
        help=f"a text, spoken by --tts, else {local_provider('tts').name}",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="write the call to this WAV file, the caller on the left and the bot on the right",
    )
    parser.add_argument(
        "--identity",
        default=argparse.SUPPRESS,
        metavar="NAME",
        help="of the caller; default BOT_PARTICIPANT, if that is set, else caller-<random>",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help="for the bot to come and listen, and for each answer to begin; default %(default).0f",
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
    if not arguments.wishes:
        parser.error("nothing to say: give --play FILE or --say TEXT")
    if any(wish.path is None and not wish.text.strip() for wish in arguments.wishes):
        parser.error("--say has no words: give it a text")
    if any(len(wish.text) > LONGEST_TEXT for wish in arguments.wishes):
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
        _tell(str(error))
        return ExitCode.SETTINGS
    except ProviderError as error:
        _tell(str(error))
        return ExitCode.PROVIDER
    except KeyboardInterrupt:
        _tell(STOPPED)
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

    questions = await prepare(arguments.wishes, settings)
    gc.freeze()  # what was loaded stays: a collection that looks through it would tear a hole into what is played
    show = _nothing if arguments.json else _show
    return await make_call(questions, settings, patience, record, tell=_tell, show=show)


def _conclude(outcome: "CallOutcome", patience: "Patience", *, as_json: bool) -> None:
    from bot.caller import report

    if as_json:
        told = report.as_json(outcome, patience)
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        _show(report.summary_lines(outcome))
    for problem in report.problems(outcome, patience):
        _tell(problem)


def _show(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _nothing(_: Sequence[str]) -> None: ...


def _tell(line: str) -> None:
    from pipeline.text.printable import printable

    sys.stderr.write(f"call: {printable(line)}\n")
