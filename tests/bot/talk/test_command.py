"""How a talk ends: what it says on stderr and its exit code, without a server."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bot.process.exit_codes import ExitCode
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.talk import command
from bot.talk.arguments import parse
from bot.web import livekit_client
from pipeline.wav import WavSound, save_sound
from tests.support.tones import tone


@pytest.fixture(autouse=True)
def _no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "raise_on_request", lambda: None)
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("flags", [[], ["--play", "question.wav"]])
def test_ctrl_c_before_the_talk_has_begun_is_answered_in_one_line(
    flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_sound(tmp_path / "question.wav", WavSound(tone(440, 0.5, 16_000), 16_000))

    def interrupted(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", interrupted)
    assert command.run(parse(flags)) == ExitCode.STOPPED
    assert capsys.readouterr().err.splitlines()[1:] == ["talk: stopped"]


@pytest.mark.parametrize("file", ["question.wav", "."])
def test_a_recording_that_cannot_be_read_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.run(parse(["--play", file])) == ExitCode.SETTINGS
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith("talk: ")
    assert "cannot be read" in told


def test_a_taken_port_is_named_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def no_server(*_: Any) -> Iterator[ServerAccess]:
        yield ServerAccess("ws://127.0.0.1:9", Secret("devkey"), Secret("secret"))
        pytest.fail("a server was started")

    monkeypatch.setattr(command, "open_server", no_server)
    monkeypatch.setattr(livekit_client, "get", lambda _: tmp_path / "client.mjs")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = command.run(parse(["--port", str(port), "--no-bot"]))
    assert code == ExitCode.SETTINGS
    error = capsys.readouterr().err
    assert f"talk: port {port} of 127.0.0.1 is taken by another program: choose another with --port" in error
    assert "Errno" not in error
