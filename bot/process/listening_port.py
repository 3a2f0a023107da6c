"""A TCP port to serve on: of this machine's loopback interface, unless another address is asked for."""

import errno
import os
import socket

from bot.settings.loopback import LOOPBACK
from pipeline.errors import SettingsError


def listening_socket(port: int, host: str = LOOPBACK, flag: str = "--port") -> socket.socket:
    """Listen on `port` of an address, where 0 is any free one; clients may connect from now on. `flag` chooses it.

    Raises SettingsError, which names the port and says what to do, when it cannot be had.
    """
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise SettingsError(
            [f"{host} is no address to serve on ({error.strerror}): give one of this machine's"]
        ) from None
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have the same port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()
    except OSError as error:
        bound.close()
        raise SettingsError([_refusal(port, host, flag, error)]) from None
    return bound


def _refusal(port: int, host: str, flag: str, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: serve on one of its own, or on all with 0.0.0.0"
    if error.errno == errno.EADDRINUSE:
        why = "is taken by another program"
    else:
        why = f"cannot be used ({os.strerror(error.errno) if error.errno else error})"
    return f"port {port} of {host} {why}: choose another with {flag}, or any free one with {flag} 0"
