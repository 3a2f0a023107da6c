"""The command line of `python -m bot talk`: its own flags, and the bot's."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings.arguments import parse_arguments
from bot.settings.options import Options

PROGRAM = "python -m bot talk"

DESCRIPTION = """\
Talk with the bot on a page of this machine: prints its address, and runs until Ctrl-C. With --play, without a browser:
plays a recording to the bot, prints what was said, and ends. All other flags are the bot's: python -m bot --help."""

EPILOGUE = """\
The LiveKit server is that of LIVEKIT_URL, else one on 127.0.0.1:7880, else one that --server-program starts;
scripts/talk gives one that finds or builds a server.
The keys in the environment or in .env decide what the bot hears, thinks and speaks with; for what has no key it uses
what works on this machine alone.

Exit codes:
  0  the page was ended by Ctrl-C, or the question was answered
  1  no answer, no LiveKit server, or no page
  2  wrong usage or settings, or a recording that cannot be played
  otherwise the bot's own, when it ended by itself: see python -m bot --help"""


@dataclass(frozen=True)
class TalkArguments:
    """What the command line asks for."""

    play: Path | None
    record: Path | None
    bot: bool
    """One is started; else the page is for a room in which one is, or will be."""
    browser: bool
    port: int
    """Of the page; 0 is any free one."""
    server_program: Path | None
    """Starts a LiveKit server when none runs: see `bot.talk.server`."""
    bot_flags: tuple[str, ...]
    """As they were written, checked only for being flags of the bot."""
    bot_options: Options


def parse(argv: Sequence[str]) -> TalkArguments:
    """Read the flags in `argv` (without the program's name); wrong usage exits with code 2, as argparse does."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [--no-bot] [--no-browser] [--port N] | --play FILE [--record FILE], and flags of the bot",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--play", type=Path, metavar="FILE", help="a WAV file with speech: what is said to the bot")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the bot's answer to this WAV file")
    parser.add_argument(
        "--no-bot", action="store_true", help="only the page, to meet a bot that another program starts"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the page, only print its address")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="of the page, on 127.0.0.1; default a free one"
    )
    parser.add_argument(
        "--server-program",
        type=Path,
        metavar="FILE",
        help="run `FILE --run --private` for a LiveKit server when none runs; it prints LIVEKIT_URL=... and the keys",
    )
    own, rest = parser.parse_known_args(argv)
    if own.record and not own.play:
        parser.error("--record belongs to --play: name a recording to play, too")
    if own.no_bot and own.play:
        parser.error("--no-bot is for the page: to play a recording to a bot of yours, use python -m bot call")
    if own.record and not own.record.absolute().parent.is_dir():
        parser.error(f"--record {own.record} lies in no folder: make it first")
    if not 0 <= own.port <= 65_535:
        parser.error("--port must be from 0 to 65535")
    bot = parse_arguments(rest, within=parser)
    if bot.print_config:
        parser.error("--print-config is no flag of talk: use python -m bot --print-config")
    return TalkArguments(
        play=own.play,
        record=own.record,
        bot=not own.no_bot,
        browser=not own.no_browser,
        port=own.port,
        server_program=own.server_program,
        bot_flags=tuple(rest),
        bot_options=bot.options,
    )
