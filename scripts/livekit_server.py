"""A LiveKit server, found or got: for the tests, the benchmark and a first talk. Standard library only.

python scripts/livekit_server.py [--path]   prints where the binary is, and builds it when it is nowhere
python scripts/livekit_server.py --run      runs one as with --dev in the foreground, and prints its URL and keys
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import livekit_build
from livekit_api import Answer, ServerInfo, list_rooms
from livekit_build import Progress
from livekit_local import LocalServer, ServerError, are_free

__all__ = [
    "LocalServer",
    "ServerError",
    "ServerInfo",
    "ServerMissing",
    "find_or_build",
    "open_server",
    "running_server",
    "say",
]

DEFAULT_PORTS = (7880, 7881, 7882)
DEFAULT_URL = f"ws://127.0.0.1:{DEFAULT_PORTS[0]}"
DEV_KEYS = ("devkey", "secret")
"""Those of `livekit-server --dev`, with the ports: what is written down once fits the next time, too."""

OTHER_WAYS = """Other ways to get a server:
  - install livekit-server (on macOS: brew install livekit), so that it is on PATH
  - put Go 1.26 or newer on PATH, and it is built for you
  - run the container image livekit/livekit-server, or a program from the LiveKit project's release page, with --dev on
    127.0.0.1:7880
  - or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to those of a server that runs already."""


class ServerMissing(ServerError):
    """There is no server and none could be made; the message says what was tried."""


def say(line: str) -> None:
    """The default progress: a line on stderr."""
    print(f"livekit-server: {line}", file=sys.stderr, flush=True)


@contextmanager
def open_server(progress: Progress = say) -> Iterator[ServerInfo]:
    """A server for as long as the block lasts: `running_server`, else one of our own, stopped at the end."""
    if running := running_server(progress):
        yield running
        return
    with LocalServer(find_or_build(progress=progress)) as own:
        yield own.info


def running_server(progress: Progress = say) -> ServerInfo | None:
    """The server of LIVEKIT_URL, else one on 127.0.0.1:7880 that takes our keys, else None.

    Keys come from LIVEKIT_API_KEY and LIVEKIT_API_SECRET; without them, only the one on 7880 is tried, with DEV_KEYS.
    Raises ServerError when LIVEKIT_URL is set and of no use.
    """
    key, secret = os.environ.get("LIVEKIT_API_KEY"), os.environ.get("LIVEKIT_API_SECRET")
    if url := os.environ.get("LIVEKIT_URL"):
        if not key or not secret:
            raise ServerError("LIVEKIT_URL is set, so LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed: set them too.")
        given = ServerInfo(url, key, secret)
        match list_rooms(given):
            case Answer.ACCEPTED:
                return given
            case Answer.REFUSED:
                raise ServerError(f"{url} refused LIVEKIT_API_KEY and LIVEKIT_API_SECRET: check that they are its own.")
            case Answer.NOT_LIVEKIT:
                raise ServerError(
                    f"No LiveKit server answers at LIVEKIT_URL ({url}): start it, correct it, or unset it."
                )
    local = ServerInfo(DEFAULT_URL, *(key, secret) if key and secret else DEV_KEYS)
    match list_rooms(local):
        case Answer.ACCEPTED:
            progress(f"using the one that answers at {DEFAULT_URL}")
            return local
        case Answer.REFUSED:
            progress(
                f"one answers at {DEFAULT_URL} but refuses the key {local.api_key!r}, so it is not used "
                "(to use it, set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its keys)"
            )
    return None


def find_or_build(*, progress: Progress = say) -> Path:
    """The binary `livekit-server`: of PATH, else the pinned release in the user's cache, built there when missing.

    Raises ServerMissing.
    """
    if found := shutil.which("livekit-server"):
        return Path(found)
    try:
        return livekit_build.build(progress)
    except livekit_build.BuildFailed as failure:
        tried = f"No livekit-server on PATH, and building {livekit_build.VERSION} failed: {failure}"
        raise ServerMissing(f"{tried}\n{OTHER_WAYS}") from failure


@contextmanager
def _default_or_other(binary: Path) -> Iterator[LocalServer]:
    """A server at the default address, or at a free one when that is taken."""
    if are_free(DEFAULT_PORTS):
        server = LocalServer(binary, ports=DEFAULT_PORTS, keys=DEV_KEYS)
    else:
        say(f"one of the ports {DEFAULT_PORTS} is taken, so another address and key are used")
        server = LocalServer(binary)
    with server:
        yield server


def _run_in_foreground(binary: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    with _default_or_other(binary) as server:
        print(f"LIVEKIT_URL={server.info.url}")
        print(f"LIVEKIT_API_KEY={server.info.api_key}")
        print(f"LIVEKIT_API_SECRET={server.info.api_secret}", flush=True)
        say(f"running until Ctrl-C; the lines above fit into .env; its log: {server.log}")
        while server.pid is not None:
            time.sleep(0.5)
        raise ServerError(f"The server ended by itself; its log ends:\n{server.log_tail()}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A LiveKit server, found or got.", epilog=OTHER_WAYS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--path", action="store_true", help="print where the binary is, built when needed (the default)")
    what.add_argument("--run", action="store_true", help="run one in the foreground; prints its URL and keys")
    run = parser.parse_args().run
    try:
        binary = find_or_build()
        if run:
            _run_in_foreground(binary)
        else:
            print(binary)
    except ServerError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
