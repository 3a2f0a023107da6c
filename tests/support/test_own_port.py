"""A port that is held: refused while nobody listens, and nobody else's."""

import socket

import pytest

from tests.support.own_port import HOST, OwnPort


def test_it_is_listened_on_refused_and_listened_on_again() -> None:
    with OwnPort() as port:
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((HOST, port.number))
            with port.socket() as listening:
                listening.listen()
                socket.create_connection((HOST, port.number)).close()
                listening.accept()[0].close()


@pytest.mark.platform("linux", "darwin", reason="Windows shares it with whoever asks for that")
def test_nobody_else_can_take_it() -> None:
    with OwnPort() as port, pytest.raises(OSError, match="in use"):
        socket.create_server((HOST, port.number))
