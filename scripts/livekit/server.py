"""Find or build a LiveKit server, for the tests, the benchmarks and a first talk. Standard library only."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.livekit import build as livekit_build
from scripts.livekit.api import Answer, ServerInfo, list_rooms
from scripts.livekit.build import Progress
from scripts.livekit.local import LocalServer, ServerError

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
