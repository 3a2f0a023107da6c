"""A TCP port of this machine's loopback interface, for the page and for MCP over HTTP."""

import errno
import os
import socket

from pipeline.errors import SettingsError

HOST = "127.0.0.1"


def listening_socket(port: int) -> socket.socket:
    """Listen on `port` of loopback, where 0 is any free one; clients may connect from now on.

    Raises SettingsError, which names the port and says what to do, when it cannot be had.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have the same port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise SettingsError([_refusal(port, error)]) from None
    return bound


def _refusal(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        why = "is taken by another program"
    else:
        why = f"cannot be used ({os.strerror(error.errno) if error.errno else error})"
    return f"port {port} of {HOST} {why}: choose another with --port, or any free one with --port 0"
