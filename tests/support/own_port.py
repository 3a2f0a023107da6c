"""A port of loopback that stays a test's own, whether somebody listens on it or not."""

import socket
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


class OwnPort:
    """Held by a socket that does not listen: connections are refused, and no other program can take the port.

    A context manager. A port that is only remembered is anybody's: the next connection of any process may get it.
    """

    def __init__(self) -> None:
        self._held = _bound(0)
        self.number: int = self._held.getsockname()[1]

    def socket(self) -> socket.socket:
        """Return a socket to listen on; the port can be had again when it is closed."""
        return _bound(self.number)

    def close(self) -> None:
        """Let the port go."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    # Not SO_REUSEADDR, with which others might bind as well while nobody listens; Windows has only that.
    bound.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_REUSEPORT", socket.SO_REUSEADDR), 1)
    bound.bind((HOST, port))
    return bound
