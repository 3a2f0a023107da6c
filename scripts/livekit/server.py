"""Finds or builds a LiveKit server for tests, benchmarks and a first talk. Standard library only."""

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
"""Keys of `livekit-server --dev`; with the ports above, an .env file stays valid from one start to the next."""

OTHER_WAYS = """Other ways to get a server:
  - install livekit-server (on macOS: brew install livekit), so that it is on PATH
  - put Go 1.26 or newer on PATH: then it is built for you
  - run the container image livekit/livekit-server, or a program from the LiveKit project's release page, with --dev on
    127.0.0.1:7880
  - set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to those of a running server"""


class ServerMissing(ServerError):
    """There is no server and none could be built; the message says what was tried."""


def say(line: str) -> None:
    """Write a line of progress to stderr."""
    print(f"livekit-server: {line}", file=sys.stderr, flush=True)


@contextmanager
def open_server(progress: Progress = say) -> Iterator[ServerInfo]:
    """Yield a server for the block: `running_server`, else one that is started here and stopped at the end."""
    if running := running_server(progress):
        yield running
        return
    with LocalServer(find_or_build(progress=progress)) as own:
        yield own.info


def running_server(progress: Progress = say) -> ServerInfo | None:
    """Return the server of LIVEKIT_URL, else one on 127.0.0.1:7880 that accepts the keys, else None.

    The keys are LIVEKIT_API_KEY and LIVEKIT_API_SECRET; without them only port 7880 is tried, with DEV_KEYS.
    Raises ServerError when LIVEKIT_URL is set and does not work.
    """
    key, secret = os.environ.get("LIVEKIT_API_KEY"), os.environ.get("LIVEKIT_API_SECRET")
    if url := os.environ.get("LIVEKIT_URL"):
        if not key or not secret:
            raise ServerError("LIVEKIT_URL is set, but not LIVEKIT_API_KEY and LIVEKIT_API_SECRET: set them too")
        given = ServerInfo(url, key, secret)
        match list_rooms(given):
            case Answer.ACCEPTED:
                return given
            case Answer.REFUSED:
                raise ServerError(
                    f"{url} refuses LIVEKIT_API_KEY and LIVEKIT_API_SECRET: check that they are this server's"
                )
            case Answer.NOT_LIVEKIT:
                raise ServerError(
                    f"no LiveKit server answers at LIVEKIT_URL ({url}): start it, or correct or unset LIVEKIT_URL"
                )
    local = ServerInfo(DEFAULT_URL, *(key, secret) if key and secret else DEV_KEYS)
    match list_rooms(local):
        case Answer.ACCEPTED:
            progress(f"using the server that answers at {DEFAULT_URL}")
            return local
        case Answer.REFUSED:
            progress(
                f"a server answers at {DEFAULT_URL} but refuses the key {local.api_key!r}, so it is not used "
                "(to use it, set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its keys)"
            )
    return None


def find_or_build(*, progress: Progress = say) -> Path:
    """Return the binary `livekit-server`: on PATH, else the pinned release in the user's cache, built if missing.

    Raises ServerMissing.
    """
    if found := shutil.which("livekit-server"):
        return Path(found)
    try:
        return livekit_build.build(progress)
    except livekit_build.BuildFailed as failure:
        tried = f"no livekit-server is on PATH, and building {livekit_build.VERSION} failed: {failure}"
        raise ServerMissing(f"{tried}\n{OTHER_WAYS}") from failure
