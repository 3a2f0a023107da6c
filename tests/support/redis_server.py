"""A Redis of the test's own, which several livekit-servers share as one cluster."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from bot.process.child_process import kill, start
from scripts.livekit.local import free_ports
from tests.support.waiting import wait_until


@contextmanager
def redis_server() -> Iterator[str]:
    """Yield the address of one that keeps nothing; skips where the program `redis-server` is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    for _ in range(5):  # another process may take a free port before it does
        port = free_ports()[0]
        where = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
        with open(os.devnull, "wb") as nowhere:
            child = start([program, *where], env=dict(os.environ), output=nowhere)
        try:
            wait_until(lambda: child.poll() is not None or _answers(port))  # noqa: B023 - called at once
            if child.poll() is None:
                yield f"127.0.0.1:{port}"
                return
        finally:
            kill(child)
    raise AssertionError("redis-server found no free port in five attempts")


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
