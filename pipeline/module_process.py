"""How a module of ours is run in a process of its own."""

import os
import sys
from collections.abc import Mapping


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `module` with this interpreter, and with nothing of the current folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


_HOLDS_SECRET = ("KEY", "KEYS", "SECRET", "SECRETS", "TOKEN", "TOKENS", "PASSWORD", "CREDENTIALS")
"""Last words of the names of variables that hold secrets."""


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` for a process that needs no key of anything: who reads its environment learns none."""
    return {name: value for name, value in environ.items() if name.upper().rpartition("_")[2] not in _HOLDS_SECRET}


def module_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with what the process needs to find all that this process finds."""
    return {**environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
