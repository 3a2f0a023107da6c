"""A port to serve on: had, or refused with what to do."""

import re
import socket

import pytest

from bot.process.listening_port import listening_socket
from pipeline.errors import SettingsError
from tests.support.waiting import WAIT_LIMIT


def test_clients_may_connect_at_once() -> None:
    with listening_socket(0) as bound, socket.create_connection(bound.getsockname(), timeout=WAIT_LIMIT):
        pass


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with listening_socket(0) as taken:
        port = taken.getsockname()[1]
        told = f"port {port} of 127.0.0.1 is taken by another program: choose another with --port"
        with pytest.raises(SettingsError, match=re.escape(told)):
            listening_socket(port)


def test_a_port_that_cannot_be_had_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(SettingsError, match=r"port 80 of 127.0.0.1 cannot be used .Permission denied.: choose another"):
        listening_socket(80)


def test_an_address_that_is_not_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1 is no address of this machine: serve on one of its own"):
        listening_socket(0, "192.0.2.1")  # of the block for documentation, RFC 5737

    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(SettingsError, match=r"nowhere is no address to serve on .Name or service not known."):
        listening_socket(0, "nowhere")


def test_another_family_of_addresses() -> None:
    with listening_socket(0, "::1") as bound:
        assert bound.family is socket.AF_INET6
