"""Which LiveKit server is used, with a real one."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

import pytest

from scripts.livekit import build as livekit_build
from scripts.livekit import command as server_command
from scripts.livekit import server as server_module
from scripts.livekit.api import Answer, list_rooms
from scripts.livekit.local import LocalServer, free_ports
from scripts.livekit.server import ServerError, ServerInfo, ServerMissing, find_or_build, open_server, running_server
from tests.conftest import MakeServer

ROOT = Path(__file__).resolve().parents[3]

Give = Callable[[ServerInfo], None]


@pytest.fixture
def progress() -> list[str]:
    return []


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def give(bare_environment: None, monkeypatch: pytest.MonkeyPatch) -> Give:
    """Name a server in the environment."""

    def set_variables(server: ServerInfo) -> None:
        monkeypatch.setenv("LIVEKIT_URL", server.url)
        monkeypatch.setenv("LIVEKIT_API_KEY", server.api_key)
        monkeypatch.setenv("LIVEKIT_API_SECRET", server.api_secret)

    return set_variables


@pytest.fixture
def other_web_server() -> Iterator[str]:
    """The URL of something else, which has a page and wants a password for the rest."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b"It works!")

        def do_POST(self) -> None:
            self._answer(401, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_given_one_needs_keys(bare_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", "ws://127.0.0.1:7880")
    with pytest.raises(ServerError, match="but not LIVEKIT_API_KEY and LIVEKIT_API_SECRET: set them too"):
        running_server()


@pytest.mark.sfu
def test_the_given_one_is_used_unless_it_refuses_the_keys(livekit_server: ServerInfo, give: Give) -> None:
    give(livekit_server)
    assert running_server() == livekit_server
    wrong = "not-the-secret-" * 3
    give(ServerInfo(livekit_server.url, livekit_server.api_key, wrong))
    with pytest.raises(ServerError, match="refuses") as raised:
        running_server()
    assert wrong not in str(raised.value)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "nonsense"])
def test_the_given_one_does_not_answer(url: str, give: Give) -> None:
    give(ServerInfo(url, "key", "secret"))
    with pytest.raises(ServerError, match=f"no LiveKit server answers at LIVEKIT_URL .{url}"):
        running_server()


@pytest.mark.sfu
def test_one_on_the_default_port_is_used_when_it_takes_our_keys(
    make_server: MakeServer, bare_environment: None, progress: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server().info
    monkeypatch.setattr(server_module, "DEFAULT_URL", server.url)

    assert running_server(progress.append) is None
    assert "refuses the key 'devkey'" in progress[-1]

    monkeypatch.setenv("LIVEKIT_API_KEY", server.api_key)
    monkeypatch.setenv("LIVEKIT_API_SECRET", server.api_secret)
    assert running_server(progress.append) == server


def test_something_else_on_the_default_port_is_left_alone(
    other_web_server: str, bare_environment: None, progress: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "DEFAULT_URL", other_web_server)
    assert running_server(progress.append) is None
    assert progress == []


@pytest.mark.sfu
def test_one_of_our_own_lasts_as_long_as_the_block(
    server_binary: Path, bare_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "DEFAULT_URL", "ws://127.0.0.1:1")
    with open_server() as server:
        assert list_rooms(server) is Answer.ACCEPTED
    assert list_rooms(server) is Answer.NOT_LIVEKIT


def test_one_on_path_is_preferred_to_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "livekit-server"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_or_build() == program


def test_when_there_is_none_the_message_names_the_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is a file, so that nothing can be built."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "cache").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ServerMissing) as raised:
        find_or_build()
    for way in ("no livekit-server is on PATH", livekit_build.VERSION, "XDG_CACHE_HOME", "brew install", "LIVEKIT_URL"):
        assert way in str(raised.value)


def test_a_taken_port_of_the_usual_ones_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = free_ports()
    monkeypatch.setattr(server_command, "DEFAULT_PORTS", usual)
    assert server_command._server(tmp_path, is_private=False).info.url == f"ws://127.0.0.1:{usual[0]}"
    assert capsys.readouterr().err == ""
    with socket.create_server(("127.0.0.1", usual[1])):
        server = server_command._server(tmp_path, is_private=False)
    with pytest.raises(ServerError, match="no address"):
        _ = server.info
    assert (
        f"port {usual[1]} is taken by another program, so another address and key are used" in capsys.readouterr().err
    )


def test_whoever_has_read_the_keys_may_end_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request to end comes between the keys, which a program reads, and the line for people."""

    class Started(LocalServer):
        def __enter__(self) -> Self:
            self._ports = free_ports()
            return self

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(server_command, "LocalServer", Started)
    monkeypatch.setattr(server_command, "say", interrupt)
    monkeypatch.setattr(server_command, "taken_port", lambda ports: None)
    server_command._run(tmp_path, is_private=False)
    assert "LIVEKIT_API_SECRET=" in capsys.readouterr().out


@pytest.mark.sfu
@pytest.mark.slow
def test_one_in_the_foreground_is_at_the_usual_address_unless_that_is_taken(server_binary: Path) -> None:
    command = [sys.executable, "-m", "scripts.livekit", "--run"]
    running: list[subprocess.Popen[str]] = []
    found = list[ServerInfo]()
    with ExitStack() as stack:
        for _ in range(2):
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
            running.append(stack.enter_context(process))
            stack.callback(process.send_signal, signal.SIGINT)
            lines = [str(process.stdout and process.stdout.readline()).strip() for _ in range(3)]
            found.append(ServerInfo(*(line.partition("=")[2] for line in lines)))
            assert list_rooms(found[-1]) is Answer.ACCEPTED
    assert [process.returncode for process in running] == [0, 0]
    assert found[0].url != found[1].url
    if found[0].url == server_module.DEFAULT_URL:  # else somebody runs one there
        assert (found[0].api_key, found[0].api_secret) == server_module.DEV_KEYS
    assert found[1].api_secret != server_module.DEV_KEYS[1]
