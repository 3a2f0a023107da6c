"""The command `scripts/livekit-server`: find or build a LiveKit server, or run one. Standard library only.

scripts/livekit-server [--path]   prints the path of the binary, built first when there is none
scripts/livekit-server --run      runs a server with the keys of --dev in the foreground, prints its URL and keys
"""

import argparse
import time
from contextlib import suppress
from pathlib import Path

from bot.process.interruption import raise_on_request
from scripts.livekit import INTERRUPTED, INTERRUPTED_LINE
from scripts.livekit.local import LocalServer, ServerError, taken_port
from scripts.livekit.server import DEFAULT_PORTS, DEV_KEYS, OTHER_WAYS, find_or_build, say


def main() -> int:
    """Run the command line; return the exit code."""
    arguments = _parser().parse_args()
    raise_on_request()
    try:
        binary = find_or_build()
        if arguments.run:
            _run(binary, is_private=arguments.private)
        else:
            print(binary)
    except ServerError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say(INTERRUPTED_LINE)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/livekit-server",
        description="Find or build a LiveKit server, or run one.",
        epilog=OTHER_WAYS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--path", action="store_true", help="print the path of the binary, built if missing (default)")
    what.add_argument("--run", action="store_true", help="run a server in the foreground and print its URL and keys")
    parser.add_argument(
        "--private", action="store_true", help="with --run: use free ports and a random secret, for one program"
    )
    return parser


def _run(binary: Path, *, is_private: bool) -> None:
    """Run a server until SIGINT or SIGTERM, at the default address unless that is taken or `is_private`."""
    with _server(binary, is_private=is_private) as server:
        info = server.info
        with suppress(KeyboardInterrupt):  # the usual end, also while the lines are being printed
            print(f"LIVEKIT_URL={info.url}")
            print(f"LIVEKIT_API_KEY={info.api_key}")
            print(f"LIVEKIT_API_SECRET={info.api_secret}", flush=True)
            if not is_private:
                say(f"running until Ctrl-C; put the lines above into .env to use it; its log: {server.log}")
            while server.pid is not None:
                time.sleep(0.5)
            raise ServerError(f"the server ended by itself; its log ends:\n{server.log_tail()}")


def _server(binary: Path, *, is_private: bool) -> LocalServer:
    if is_private:
        return LocalServer(binary)
    taken = taken_port(DEFAULT_PORTS)
    if taken is None:
        return LocalServer(binary, ports=DEFAULT_PORTS, keys=DEV_KEYS)
    say(
        f"port {taken} is taken by another program, so another address and key are used; to have the usual ones, end it"
    )
    return LocalServer(binary)
