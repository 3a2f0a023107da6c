"""The command line of `python -m bot talk`: its own flags and the bot's."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.command_line.output import Parser
from bot.settings.arguments import parse_arguments
from bot.settings.options import Options

PROGRAM = "python -m bot talk"

DESCRIPTION = """\
Talk with the bot in a browser on this machine: prints the address of a page, and runs until Ctrl-C.
With --play, without a browser: plays a recording to the bot, prints what was said, and ends.
All other flags are the bot's: see python -m bot --help."""

EPILOGUE = """\
The LiveKit server is the one of LIVEKIT_URL, else one on 127.0.0.1:7880, else one that --server-program starts.
scripts/talk passes a program that finds or builds a server.
Keys in the environment, .env.local or .env choose the transcriber, the language model and the voice; where there is no
key, a local one is used that needs neither key nor network.

Exit codes:
  0  the page was ended by Ctrl-C, or the question was answered
  1  no answer, no LiveKit server, or no page
  2  wrong usage or settings, a port that is taken, or a recording that cannot be played
  9  stopped (SIGINT, SIGTERM) before the page was there or the question was answered
  otherwise the bot's own code, when it ended by itself: see python -m bot --help"""


@dataclass(frozen=True)
class TalkArguments:
    """The parsed command line."""

    play: Path | None
    record: Path | None
    bot: bool
    """Whether to start a bot; if not, the page is for a room that has one, or will have."""
    browser: bool
    port: int
    """The page's port; 0 is any free one."""
    server_program: Path | None
    """The program that starts a LiveKit server when none runs: see `bot.talk.server`."""
    bot_flags: tuple[str, ...]
    """The bot's flags as they were written; only their names are checked."""
    bot_options: Options


def parse(argv: Sequence[str]) -> TalkArguments:
    """Read the flags in `argv` (without the program's name); wrong usage exits with code 2, as argparse does."""
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s [--no-bot] [--no-browser] [--port N] | --play FILE [--record FILE], and flags of the bot",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--play", type=Path, metavar="FILE", help="play a WAV file with speech to the bot")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="with --play, write the answer to this WAV file; else as the bot's"
    )
    parser.add_argument("--no-bot", action="store_true", help="serve only the page; another program starts the bot")
    parser.add_argument("--no-browser", action="store_true", help="print the address of the page, open no browser")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="port of the page on 127.0.0.1; default a free one"
    )
    parser.add_argument(
        "--server-program",
        type=Path,
        metavar="FILE",
        help="run `FILE --run --private` when no LiveKit server runs; it must print LIVEKIT_URL=... and the keys",
    )
    own, rest = parser.parse_known_args(argv)
    if own.record and not own.play:
        rest, own.record = [*rest, "--record", str(own.record)], None  # the bot's: a folder for recordings of calls
    if own.no_bot and own.play:
        parser.error("--no-bot is for the page: to play a recording to a running bot, use python -m bot call")
    if own.record and not own.record.absolute().parent.is_dir():
        parser.error(f"--record {own.record}: the folder does not exist, make it first")
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
