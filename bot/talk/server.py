"""The LiveKit server of a talk: a configured one, one that runs on this machine, or one that a program starts."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.process.child_process import kill, start
from bot.room.server import Server
from bot.room.server_errors import KeyRefused
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from pipeline.errors import RoomError

LOCAL_URL = "ws://127.0.0.1:7880"
DEV_KEYS = ("devkey", "secret")
"""Address and keys of `livekit-server --dev`."""

STOP_LIMIT_DELAY = 10.0
"""Seconds that a started server gets to stop before it is killed."""

NO_SERVER = f"""\
no LiveKit server is configured, and none answers at {LOCAL_URL}. Do one of these, then run this again:
  - set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to those of a running server
  - start a local one: livekit-server --dev, or the container image livekit/livekit-server with --dev
  - in a checkout, use scripts/talk, which finds or builds one, or keep one running with scripts/livekit-server --run"""


class ServerMissing(Exception):
    """There is no LiveKit server; the message says what to do."""


@dataclass(frozen=True)
class GivenServer:
    """The server in the settings; None for what is not set."""

    url: str | None = None
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)


@contextmanager
def open_server(given: GivenServer, program: Path | None, say: Callable[[str], None]) -> Iterator[ServerAccess]:
    """Yield a server for the block: `running_server`, else one that `program` starts and that is stopped at the end.

    Raises ServerMissing.
    """
    if running := running_server(given, say):
        yield running
    elif program is None:
        raise ServerMissing(NO_SERVER)
    else:
        with _started(program) as started:
            yield started


def running_server(
    given: GivenServer, say: Callable[[str], None], *, local_url: str = LOCAL_URL
) -> ServerAccess | None:
    """Return the server that `given` names, else the one at `local_url` if it takes the keys, else None.

    Raises ServerMissing when `given` names a server that does not work.
    """
    keys = (given.api_key, given.api_secret) if given.api_key and given.api_secret else None
    if given.url:
        if keys is None:
            raise ServerMissing("LIVEKIT_URL is set, but not LIVEKIT_API_KEY and LIVEKIT_API_SECRET: set them too.")
        access = _access(given.url, *keys)
        try:
            asyncio.run(_check(access))
        except RoomError as error:
            raise ServerMissing(f"{error}, or unset LIVEKIT_URL.") from error
        return access
    access = _access(local_url, *(keys or DEV_KEYS))
    try:
        asyncio.run(_check(access))
    except KeyRefused:
        say(
            f"a LiveKit server answers at {local_url} but refuses the key {access.api_key.reveal()!r}, so it is not "
            "used (to use it, set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its keys)"
        )
        return None
    except RoomError:
        return None
    say(f"using the LiveKit server that answers at {local_url}")
    return access


async def _check(access: ServerAccess) -> None:
    async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server:
        await server.check_keys()


@contextmanager
def _started(program: Path) -> Iterator[ServerAccess]:
    """Run `program --run --private`, which prints the server's settings and stops it on SIGTERM."""
    child = start([program, "--run", "--private"], env=os.environ, output=subprocess.PIPE, errors=None)
    try:
        yield _settings_of(child, program)
    finally:
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(STOP_LIMIT_DELAY)
        except subprocess.TimeoutExpired:
            kill(child)


def _settings_of(child: subprocess.Popen[bytes], program: Path) -> ServerAccess:
    """Read the three lines `NAME=VALUE`, which come when the server is ready; building one takes minutes."""
    names = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    found: dict[str, str] = {}
    assert child.stdout is not None
    for line in child.stdout:
        name, _, value = line.decode(errors="replace").strip().partition("=")
        found[name] = value
        if all(name in found for name in names):
            return _access(*(found[name] for name in names))
    raise ServerMissing(f"{program} ended with code {child.wait()} before there was a server: see its messages above.")


def _access(url: str, api_key: str, api_secret: str) -> ServerAccess:
    return ServerAccess(url, Secret(api_key), Secret(api_secret))
