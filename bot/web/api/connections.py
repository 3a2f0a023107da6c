"""Bounds the open connections: each is a file, and a process without a free one can neither serve nor start a bot."""

import asyncio
import logging
import resource
from typing import cast

from aiohttp import web

from bot.web.api.rate_limit import network_of
from pipeline.repeated_warning import RepeatedWarning

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 1_000

MOST_OF_ONE = 100
"""Connections from one address; a browser opens six."""


def most_connections() -> int:
    """Raise the process's limit of open files as far as the system allows, and return how many may be connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 1 << 16 if hard == resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    except (ValueError, OSError):  # the system has its own bound
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return min(MOST_CONNECTIONS, files // 2)


class Entrance:
    """Makes the protocol for each connection that is accepted; of too many the newest is closed at once."""

    def __init__(self, server: web.Server, most: int, most_of_one: int | None) -> None:
        """`most_of_one` is None where all come from one address, that of a proxy."""
        self._server, self._most, self._most_of_one = server, most, most_of_one
        self._warn_full = RepeatedWarning(log, "%d connections are open, and one more from %s is closed")

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a connection that is not made yet."""
        return _Arrival(self)

    def admit(self, transport: asyncio.Transport) -> None:
        """Have a connection served, or close it."""
        there = [_address(connection.transport) for connection in self._server.connections]
        here = _address(transport)
        is_one_too_many = self._most_of_one is not None and there.count(here) >= self._most_of_one
        if len(there) >= self._most or is_one_too_many:
            self._warn_full(len(there), here)
            transport.abort()
            return
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)


class _Arrival(asyncio.Protocol):
    """A connection until it is known where it comes from."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._entrance.admit(cast(asyncio.Transport, transport))


def _address(transport: asyncio.BaseTransport | None) -> str:
    peer = transport.get_extra_info("peername") if transport is not None else None
    return network_of(peer[0]) if peer else ""
