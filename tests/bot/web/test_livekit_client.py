"""Getting the browsers' client: once, from npm, and in words when that fails."""

import os
import re
from pathlib import Path

import pytest

import bot.process.progress
from bot.web import npm_file
from bot.web.livekit_client import cached_path, get
from bot.web.npm_file import FileMissing


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was told; the cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return []


@pytest.mark.slow
def test_npm_gets_it_once(progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got = get(progress.append)
    assert got == cached_path()
    text = got.read_text()
    assert "registerTextStreamHandler" in text
    assert text.startswith("!function")  # a script for browsers that is all there is to serve
    assert [path.name for path in got.parent.iterdir() if path.is_dir()] == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert get(progress.append) == got
    assert len([line for line in progress if not line.startswith("still")]) == 1


@pytest.mark.slow
def test_without_npm_one_is_got_for_the_moment(
    progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "registerTextStreamHandler" in get(progress.append).read_text()
    assert npm_file.NODE_PACKAGE in progress[0]
    assert not list(cached_path().parent.glob("npm-*"))


@pytest.mark.platform("linux", "darwin", reason="the program that stands for npm is a shell script")
def test_what_npm_says_is_told(progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a network, as far as npm knows."""
    (tmp_path / "npm").write_text("#!/bin/sh\necho npm error code ENOTFOUND\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(FileMissing, match=r"(?s)`npm pack livekit-client@.*check the network.*ENOTFOUND"):
        get(progress.append)
    assert not cached_path().exists()


@pytest.mark.platform("linux", "darwin", reason="the program that stands for npm is a shell script")
@pytest.mark.parametrize(("program", "activity"), [("npm", "downloading it"), ("uv", "downloading npm")])
def test_a_slow_network_is_reported(
    progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, activity: str
) -> None:
    (tmp_path / program).write_text(
        f"#!/bin/sh\nwhile [ ! -e {tmp_path}/reported ]; do /bin/sleep 0.01; done\nexit 1\n"
    )
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bot.process.progress, "REPORT_INTERVAL", 0.01)

    def report(line: str) -> None:
        progress.append(line)
        if line.startswith("still"):
            (tmp_path / "reported").touch()

    with pytest.raises(FileMissing):
        get(report)
    assert any(re.fullmatch(rf"still {activity}, \d+ s so far", line) for line in progress)


@pytest.mark.platform("linux", "darwin", reason="the program that stands for npm is a shell script")
def test_something_else_than_the_client_is_not_taken(
    progress: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "npm").write_text("#!/bin/sh\necho 'not an archive' > odd.tgz\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(FileMissing, match="something else than"):
        get(progress.append)
    assert not cached_path().exists()


def test_a_cache_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(FileMissing, match="set XDG_CACHE_HOME"):
        get(print)
