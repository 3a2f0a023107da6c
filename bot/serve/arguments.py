"""The command line of `python -m bot serve`: its own flags, with --worker those of the worker, and the bot's."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from bot.command_line.flags import command_parser, count
from bot.settings.arguments import parse_arguments
from bot.settings.loopback import LOOPBACK, is_loopback
from bot.settings.options import Options
from bot.settings.values import read_livekit_url
from bot.worker import arguments as worker_arguments
from bot.worker.arguments import WorkerArguments

PORT = 8080

REQUESTS_A_MINUTE = 60

GUARDED = ("systemPrompt", "greeting", "memoryKey", "sessionId", "onFailure")
"""Of a session's configuration, what only programs with a key set, unless `--visitors-may-set` says otherwise."""

Access = Literal["open", "key"]

DESCRIPTION = (
    "Serves POST /api/token for LiveKit's frontends, /v1/sessions for programs with one of the keys in BOT_API_KEYS, "
    "/healthz, /metrics, and a page. Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET. All further flags are "
    "those of python -m bot worker, and of the bot, which need --worker; but for --url and --log-level."
)

EPILOG = (
    "It speaks plain HTTP: what others reach needs a proxy with TLS before it. SIGTERM or Ctrl-C ends it; with "
    "--worker it goes on answering until the calls have ended, and is not ready meanwhile. A second one ends the calls "
    "at once. Exit codes: 0 ended, 1 no page, or a bug, 2 settings, 3 the server refuses the key pair, 9 stopped "
    "before it had begun."
)


@dataclass(frozen=True)
class ServeArguments:
    """The parsed command line."""

    host: str
    port: int
    """0 is any free one."""
    agent_name: str
    origins: tuple[str, ...]
    token_access: Access
    visitors_may_set: tuple[str, ...]
    """Fields of a session's configuration that visitors without a key may set, beside those that all may."""
    rate: int
    """Requests a minute and address."""
    proxies: int
    client_url: str
    """Where clients find the LiveKit server; empty where this process does."""
    has_page: bool
    worker: WorkerArguments | None
    options: Options
    """Settings of the server and the log."""


def parse(argv: Sequence[str]) -> ServeArguments:
    """Read the flags in `argv`; wrong usage exits with code 2, as argparse does."""
    parser = command_parser("serve", DESCRIPTION, EPILOG)
    parser.usage = "%(prog)s [--worker] [--agent-name NAME] [--port N] [--host ADDRESS] [...]"
    parser.add_argument("--worker", action="store_true", help="run a worker, too: all that one machine needs")
    parser.add_argument("--agent-name", default="", metavar="NAME", help="the worker whose bots are called")
    parser.add_argument("--host", default=LOOPBACK, metavar="ADDRESS", help=f"serve on this one; default {LOOPBACK}")
    parser.add_argument("--port", type=_port, default=PORT, metavar="N", help=f"default {PORT}; 0 is any free one")
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin ask for tokens, such as https://example.com, or * for all; may be repeated",
    )
    parser.add_argument(
        "--token-access",
        choices=("open", "key"),
        help="who gets tokens: whoever reaches this (open), or programs with a key; default open on loopback, else key",
    )
    parser.add_argument(
        "--visitors-may-set",
        type=_fields,
        default=(),
        metavar="FIELDS",
        help=f"let visitors without a key say that of the bots, too: of {', '.join(GUARDED)}, separated by commas",
    )
    parser.add_argument(
        "--rate-limit",
        type=count,
        default=REQUESTS_A_MINUTE,
        metavar="N",
        help=f"requests a minute from one address without a key; default {REQUESTS_A_MINUTE}",
    )
    parser.add_argument(
        "--proxies",
        type=count,
        default=0,
        metavar="N",
        help="proxies that stand before it, each of which appends to X-Forwarded-For; default 0",
    )
    parser.add_argument(
        "--client-url",
        type=_livekit_url,
        metavar="URL",
        help="the LiveKit server's address for clients, where it is another one than here",
    )
    parser.add_argument("--no-page", action="store_true", help="serve no page")
    own, rest = parser.parse_known_args(argv)
    if own.rate_limit < 1:
        parser.error("--rate-limit: give at least 1")
    worker, options = _worker(parser, own, rest) if own.worker else (None, _own_options(parser, rest))
    return ServeArguments(
        host=own.host,
        port=own.port,
        agent_name=own.agent_name,
        origins=tuple(own.allow_origin),
        token_access=own.token_access or ("open" if is_loopback(own.host) else "key"),
        visitors_may_set=own.visitors_may_set,
        rate=own.rate_limit,
        proxies=own.proxies,
        client_url=own.client_url or "",
        has_page=not own.no_page,
        worker=worker,
        options=options,
    )


OWN_OPTIONS = ("url", "log_level")


def _worker(
    parser: argparse.ArgumentParser, own: argparse.Namespace, rest: Sequence[str]
) -> tuple[WorkerArguments, Options]:
    name = ("--agent-name", own.agent_name) if own.agent_name else ()
    worker = worker_arguments.parse([*name, *rest], within=parser)
    for option in ("metrics_port", "metrics_host"):
        if option in worker.bot_options:
            parser.error(f"--{option.replace('_', '-')} is no flag of serve: its own port has /metrics, see --port")
    return worker, _of_service(worker.bot_options)


def _own_options(parser: argparse.ArgumentParser, rest: Sequence[str]) -> Options:
    bot = parse_arguments(rest, within=parser)
    if foreign := [name for name in bot.options if name not in OWN_OPTIONS]:
        parser.error(f"--{foreign[0].replace('_', '-')} is for the bots: add --worker, or give it to their worker")
    if bot.print_config:
        parser.error("--print-config is no flag of serve: use python -m bot --print-config")
    return bot.options


def _of_service(options: Options) -> Options:
    return cast(Options, {name: value for name, value in options.items() if name in OWN_OPTIONS})


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"give a number from 0 to 65535, not {text!r}")
    return int(text)


def _origin(text: str) -> str:
    text = text.strip()
    if text == "*":
        return text
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_one = is_one and f"{parts.scheme}://{parts.netloc}" == text and "@" not in text
    except ValueError:
        is_one = False
    if not is_one:
        raise argparse.ArgumentTypeError(f"give an origin such as https://example.com, without a path, not {text!r}")
    return text.lower()


def _fields(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in GUARDED]:
        raise argparse.ArgumentTypeError(f"give some of {', '.join(GUARDED)}, not {unknown[0]!r}")
    return names


def _livekit_url(text: str) -> str:
    try:
        return read_livekit_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
