"""`python -m bot rooms`: who is where, as a server tells it, and what is said when none does."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot.commands import rooms
from bot.process.exit_codes import ExitCode
from bot.room.server import Occupant, OpenRoom
from scripts.livekit.server import ServerInfo
from tests.bot.conftest import NewCaller
from tests.support.bot_process import run_bot, server_settings
from tests.support.twirp_server import KEY, SECRET, TwirpServer
from tests.support.waiting import WAIT_LIMIT

Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Run the command in a folder of its own; its exit code and what it writes."""
    monkeypatch.chdir(tmp_path)

    def tell(*arguments: str, **settings: str) -> tuple[int, str, str]:
        for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        code = rooms.main(arguments)
        return code, *capsys.readouterr()

    return tell


@contextmanager
def web_server(status: int, body: bytes) -> Iterator[str]:
    """Something that answers, and is no LiveKit server."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.server_port}"
        server.shutdown()


KEYS = {"LIVEKIT_API_KEY": "some-key", "LIVEKIT_API_SECRET": "a-secret-of-no-server-at-all-anywhere"}


# --- what it tells ---


@pytest.mark.sfu
async def test_it_tells_who_is_there_and_whose_microphone_is_on(
    new_caller: NewCaller, livekit_server: ServerInfo, room_name: str, tmp_path: Path
) -> None:
    settings = server_settings(livekit_server)
    async with new_caller("ann") as ann, new_caller("bob", publish=False), new_caller("a-bot", kind="agent"):
        ann.mute()
        async with asyncio.timeout(WAIT_LIMIT):
            while True:
                done = await asyncio.to_thread(run_bot, "rooms", "--json", settings=settings, folder=tmp_path)
                (room,) = [room for room in json.loads(done.stdout) if room["room"] == room_name]
                people = {who["identity"]: (who["kind"], who["microphone"]) for who in room["people"]}
                if people.get("ann") == ("STANDARD", "muted") and len(people) == 3:
                    break
        assert people == {"ann": ("STANDARD", "muted"), "bob": ("STANDARD", "none"), "a-bot": ("AGENT", "live")}
        assert abs((datetime.now(UTC) - datetime.fromisoformat(room["opened_at"])).total_seconds()) < 120
        done = await asyncio.to_thread(run_bot, "rooms", settings=settings, folder=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    shown = done.stdout.splitlines()
    (at,) = [number for number, line in enumerate(shown) if line.startswith(room_name)]
    assert sorted(line.split() for line in shown[at + 1 : at + 4]) == [
        ["a-bot", "agent", "microphone", "on"],
        ["ann", "standard", "microphone", "muted"],
        ["bob", "standard", "no", "microphone"],
    ]


async def test_a_server_without_rooms_says_so(told: Told) -> None:
    """And one that is asked with a wrong key says what to check."""
    keys = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    async with TwirpServer() as server:
        code, out, err = await asyncio.to_thread(told, "--url", server.url, LIVEKIT_URL="ws://127.0.0.1:9", **keys)
        assert (code, out) == (ExitCode.OK, "")
        assert "no rooms" in err
        assert await asyncio.to_thread(told, "--url", server.url, "--json", **keys) == (ExitCode.OK, "[]\n", "")
        for wrong in keys:
            code, out, err = await asyncio.to_thread(told, LIVEKIT_URL=server.url, **{**keys, wrong: "secret"})
            assert (code, out) == (ExitCode.ROOM, "")
            assert "a pair of this server's" in err
            assert SECRET not in err
            assert "Warning" not in err, "PyJWT complains of short secrets"


def test_names_cannot_steer_the_terminal() -> None:
    occupant = Occupant("\x1b[31mann\n", "", "SIP", "none")
    lines = rooms.room_lines([OpenRoom("kit\x07chen", datetime.now(UTC), (occupant,))])
    assert all(line.isprintable() for line in lines)
    assert rooms.room_lines([OpenRoom("hall", datetime.now(UTC), ())])[0].endswith("it is empty)")


# --- what keeps it from telling ---


def test_without_settings_all_that_is_missing_is_told(told: Told) -> None:
    code, out, err = told(LIVEKIT_TOKEN="some.made.elsewhere")
    assert (code, out) == (ExitCode.SETTINGS, "")
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        assert name in err


def test_other_faulty_settings_are_none_of_its_business(told: Told, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_LANGUAGE=not a language\n")
    code, _, err = told(LIVEKIT_URL="ws://127.0.0.1:9", **KEYS)
    assert code == ExitCode.ROOM
    assert "language" not in err.lower()


def test_an_address_that_is_none(told: Told) -> None:
    """The example is one that this server could have."""
    code, _, err = told("--url", "nonsense", **KEYS)
    assert code == ExitCode.SETTINGS
    assert "flag --url must be an address such as ws://127.0.0.1:7880 or wss://host" in err
    assert "http" not in err


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("ws://127.0.0.1:9", "Connection refused): start the server, or correct LIVEKIT_URL"),
        (f"ws://{'x' * 60}.invalid", "the host name"),
    ],
)
def test_no_server(told: Told, url: str, advice: str) -> None:
    code, out, err = told(LIVEKIT_URL=url, **KEYS)
    assert (code, out) == (ExitCode.ROOM, "")
    assert advice in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>Hello</html>"), (404, b"nothing here"), (405, b"")])
def test_another_server(told: Told, status: int, body: bytes) -> None:
    with web_server(status, body) as url:
        code, out, err = told(LIVEKIT_URL=url, **KEYS)
    assert (code, out) == (ExitCode.ROOM, "")
    assert "no LiveKit server: correct LIVEKIT_URL" in err


def test_a_server_in_trouble(told: Told) -> None:
    with web_server(503, b'{"code": "unavailable", "msg": "no space left"}') as url:
        code, _, err = told(LIVEKIT_URL=url, **KEYS)
    assert code == ExitCode.ROOM
    assert "503 no space left" in err


def test_a_plain_server_at_a_secure_address(told: Told) -> None:
    with web_server(200, b"") as url:
        code, _, err = told(LIVEKIT_URL=url.replace("ws://", "wss://"), **KEYS)
    assert code == ExitCode.ROOM
    assert "ws:// rather than wss://" in err


def test_wrong_usage(told: Told) -> None:
    with pytest.raises(SystemExit) as ended:
        told("kitchen")
    assert ended.value.code == ExitCode.SETTINGS
