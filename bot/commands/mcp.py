"""`python -m bot mcp`: an AI assistant talks to people in a room, by the Model Context Protocol."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line.flags import command_parser
from bot.process.exit_codes import ExitCode
from bot.process.standard_streams import reserve_stdin, reserve_stdout
from bot.settings.command_flags import add_settings, given_settings

if TYPE_CHECKING:
    from bot.mcp_server.setup import Setup
    from bot.process.signals import LeaveRequests

SETTINGS = (
    "room",
    "url",
    "identity",
    "participant",
    "instructions",
    "language",
    "demo",
    "stt",
    "llm",
    "tts",
    "voice",
    "temperature",
    "keyterms",
    "journal",
    "record",
    "record_consent",
    "log_level",
)

PORT = 8765

DESCRIPTION = (
    "Over stdin and stdout, as hosts start it, or with --http for any number of clients on this machine. "
    "It starts without settings, too: join_room reports what is missing. join_room without a name joins --room, else "
    "the one room that has people in it."
)

EPILOG = (
    "With --http, clients send `Authorization: Bearer TOKEN`: RAWBOT_MCP_TOKEN, or one that is generated and printed."
)

NO_SDK = "the MCP server needs the package mcp: pip install 'rawbot[mcp]', or uv sync --extra mcp\n"


def main(argv: Sequence[str]) -> int:
    """Serve until the client is gone or a signal asks to leave. Ends the process, see `bot.cli.main`."""
    arguments = _parse(argv)
    reserve_stdout()
    if not arguments.http:
        reserve_stdin()
    from bot.process.signals import LeaveRequests

    requests = LeaveRequests()
    from bot.mcp_server.setup import Setup

    setup = Setup(given_settings(arguments, SETTINGS), os.environ, Path.cwd())
    if not _load_server(is_http=arguments.http):
        sys.stderr.write(NO_SDK)
        return ExitCode.SETTINGS
    code = _serve(arguments, setup, requests)
    sys.stdout.flush()
    os._exit(code)


def _load_server(is_http: bool) -> bool:
    """Import the server, which takes a minute on a busy machine; return False when the SDK is not installed."""
    from bot.process.progress import progress_lines

    try:
        with progress_lines("loading the MCP server"):
            import mcp.server.mcpserver  # noqa: F401

            import bot.mcp_server.server

            if is_http:
                import bot.mcp_server.http  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        return False
    return True


def port(text: str) -> int:
    """Read the number of a TCP port; argparse shows the function's name in its errors."""
    number = int(text)
    if not 0 <= number < 2**16:
        raise ValueError
    return number


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = command_parser("mcp", DESCRIPTION, EPILOG)
    parser.add_argument("--http", action="store_true", help="serve streamable HTTP on 127.0.0.1 instead of stdio")
    parser.add_argument(
        "--port", type=port, default=PORT, help=f"with --http, the port; 0 is any free one, default {PORT}"
    )
    add_settings(parser, SETTINGS)
    return parser.parse_args(argv)


def _serve(arguments: argparse.Namespace, setup: "Setup", requests: "LeaveRequests") -> ExitCode:
    import asyncio

    from bot.mcp_server.loading import load_ahead
    from bot.process.signals import end_on_panic
    from pipeline.errors import SettingsError

    load_ahead(setup)
    end_on_panic()
    try:
        asyncio.Runner().run((_http if arguments.http else _stdio)(setup, arguments.port, requests))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.SETTINGS
    except asyncio.CancelledError:
        pass  # asked to leave
    return ExitCode.OK


async def _stdio(setup: "Setup", _: int, requests: "LeaveRequests") -> None:
    import asyncio

    from bot.mcp_server.server import make_server

    serving = asyncio.current_task()
    assert serving is not None
    requests.call(serving.cancel)
    _log(setup)
    await make_server(setup).run_stdio_async()


async def _http(setup: "Setup", port: int, requests: "LeaveRequests") -> None:
    import asyncio

    from bot.mcp_server.http import address_of, chosen_token, serve_http
    from bot.process.listening_port import listening_socket

    token, is_new = chosen_token(setup.environ)
    bound = listening_socket(port)
    stop = asyncio.Event()
    requests.call(stop.set)  # before the address is printed: whoever reads it may ask for the end at once
    sys.stderr.write(f"serving on {address_of(bound)}\n" + (f"token: {token}\n" if is_new else ""))
    _log(setup, token)
    await serve_http(setup, bound, token, stop=stop)


def _log(setup: "Setup", *secrets: str) -> None:
    """Log to stderr, set up before the SDK does it."""
    import logging

    from bot.process import logs
    from bot.settings.describe import files_in

    reading = setup.reading()
    level = str(reading.checked.get("log_level", "info"))
    if reading.settings is not None:
        logs.configure_for(reading.settings, secrets=secrets)
    else:
        logs.configure(level, secrets=[*reading.secrets, *secrets])
    logging.getLogger(__name__).info("%s", files_in(setup.directory))
    if level != "debug":
        for name in ("mcp", "uvicorn"):
            logging.getLogger(name).setLevel(logging.WARNING)  # a line for each request
