"""How a module of ours is run in a process of its own."""

import os
import sys
from collections.abc import Mapping


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `module` with this interpreter, and with nothing of the current folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def module_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with what the process needs to find all that this process finds."""
    return {**environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
