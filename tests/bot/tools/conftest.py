"""The MCP server of the database example, which others wrote: mcp-server-sqlite, in an environment of its own."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bot.process.user_cache import user_cache
from scripts.user_cache import made_once

NAME, VERSION = "mcp-server-sqlite", "2025.4.25"

PACKAGES = (f"{NAME}=={VERSION}", "mcp<2")
"""The server is older than version 2 of the SDK, and says no bound."""


class NotInstalled(Exception):
    """The server cannot be had; the message says why."""


@pytest.fixture(scope="session")
def sqlite_server() -> Path:
    """The program mcp-server-sqlite; installed into the user's cache by the first test that asks."""
    folder = user_cache() / f"{NAME}-{VERSION}"
    installed = folder.with_name(f"{folder.name}.installed")
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")

    def install() -> None:
        venv.create(folder, with_pip=True, clear=True)
        command = [str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise NotInstalled(done.stderr.strip()[-300:])
        installed.touch()

    try:
        made_once(
            installed, f"{NAME}.lock", install, progress=print, failure=NotInstalled, needed="a folder with 100 MB"
        )
    except NotInstalled as why:
        pytest.skip(f"{NAME} cannot be installed here: {why}")
    return programs / NAME
