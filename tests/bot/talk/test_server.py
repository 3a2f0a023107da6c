"""Which LiveKit server a talk uses; what answers is a small web server in the place of a real one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.talk.server import GivenServer, ServerMissing, open_server, running_server
from tests.support.bot_process import ROOT

NOWHERE = "ws://127.0.0.1:1"


@contextmanager
def web_server(front: bytes, status: int) -> Iterator[str]:
    """The URL of a server that has `front` as its page, and answers calls with `status`."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, "text/plain", front)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if status == 200:
                self._answer(200, "application/protobuf", b"")
            else:
                self._answer(status, "application/json", b'{"code": "unauthenticated", "msg": "permissions denied"}')

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def progress() -> list[str]:
    return []


def test_the_given_one_is_used(progress: list[str]) -> None:
    with web_server(b"OK", 200) as url:
        access = running_server(GivenServer(url, "key", "secret"), progress.append)
    assert access is not None
    assert (access.url, access.api_key.reveal(), access.api_secret.reveal()) == (url, "key", "secret")
    assert progress == []


def test_the_given_one_needs_keys(progress: list[str]) -> None:
    with pytest.raises(ServerMissing, match="but not LIVEKIT_API_KEY and LIVEKIT_API_SECRET"):
        running_server(GivenServer(NOWHERE), progress.append)


def test_the_given_one_refuses_the_keys(progress: list[str]) -> None:
    with web_server(b"OK", 401) as url, pytest.raises(ServerMissing, match="refuses the API key") as raised:
        running_server(GivenServer(url, "key", "not-the-secret"), progress.append)
    assert "not-the-secret" not in str(raised.value)


def test_the_given_one_does_not_answer(progress: list[str]) -> None:
    with pytest.raises(ServerMissing, match=f"nothing can be reached at {NOWHERE}.*unset LIVEKIT_URL"):
        running_server(GivenServer(NOWHERE, "key", "secret"), progress.append)


def test_a_local_one_is_used_when_it_takes_the_keys(progress: list[str]) -> None:
    with web_server(b"OK", 200) as url:
        access = running_server(GivenServer(), progress.append, local_url=url)
        assert access is not None
        assert access.api_key.reveal() == "devkey"
        own = running_server(GivenServer(None, "key", "secret"), progress.append, local_url=url)
        assert own is not None
        assert own.api_key.reveal() == "key"
    assert progress == 2 * [f"using the LiveKit server that answers at {url}"]


def test_a_local_one_that_refuses_the_keys_is_left_alone(progress: list[str]) -> None:
    with web_server(b"OK", 401) as url:
        assert running_server(GivenServer(), progress.append, local_url=url) is None
    assert "refuses the key 'devkey'" in progress[0]


@pytest.mark.parametrize("status", [200, 401])
def test_something_else_there_is_left_alone(progress: list[str], status: int) -> None:
    with web_server(b"It works!", status) as url:
        assert running_server(GivenServer(), progress.append, local_url=url) is None
    assert progress == []


def test_without_one_the_ways_to_get_one_are_named(progress: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.talk.server.running_server", lambda *_: None)
    with pytest.raises(ServerMissing) as raised, open_server(GivenServer(), None, progress.append):
        pass
    for way in ("LIVEKIT_URL", "livekit-server --dev", "scripts/talk", "scripts/livekit-server --run"):
        assert way in str(raised.value)


@pytest.mark.platform("linux", "darwin", reason="the program is a shell script")
def test_a_program_starts_one_that_ends_with_the_block(
    progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.talk.server.running_server", lambda *_: None)
    program = tmp_path / "server"
    program.write_text(f"""#!/bin/sh
echo "$@" > {tmp_path}/arguments
trap 'echo ended > {tmp_path}/ended; exit 0' TERM
echo LIVEKIT_URL=ws://127.0.0.1:5
echo LIVEKIT_API_KEY=key
echo LIVEKIT_API_SECRET=a=b
while :; do sleep 0.05; done
""")
    program.chmod(0o755)
    with open_server(GivenServer(), program, progress.append) as access:
        assert (access.url, access.api_secret.reveal()) == ("ws://127.0.0.1:5", "a=b")
        assert not (tmp_path / "ended").exists()
    assert (tmp_path / "arguments").read_text() == "--run --private\n"
    assert (tmp_path / "ended").exists()


@pytest.mark.platform("linux", "darwin", reason="the program is a shell script")
def test_a_program_that_starts_none_is_named(
    progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.talk.server.running_server", lambda *_: None)
    program = tmp_path / "server"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(ServerMissing, match="ended with code 3"), open_server(GivenServer(), program, progress.append):
        pass


def test_the_starter_gives_the_program_of_the_checkout() -> None:
    assert '--server-program "$root/scripts/livekit-server"' in (ROOT / "scripts" / "talk").read_text()
