"""Prints what the image installs, a line each: the dependencies in pyproject.toml, and of the extras that are named.

`python examples/deploy/requirements.py demo`. With --models, what the extra `demo` needs beside it, which is installed
without its own dependencies. Standard library only.
"""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

PROJECT = "pyproject.toml"


def requirements(project: dict[str, object], extras: Sequence[str]) -> list[str]:
    """Return the requirements of a parsed pyproject.toml. Raises KeyError for an extra that there is not."""
    match project:
        case {"project": {"dependencies": list(dependencies), "optional-dependencies": dict(optional)}}:
            return [*dependencies, *(line for extra in extras for line in optional[extra])]
    raise ValueError(f"{PROJECT} has no dependencies")


def models(project: dict[str, object], extras: Sequence[str]) -> list[str]:
    """Return the packages of models; none without the extra that uses them."""
    match project:
        case {"dependency-groups": {"demo-models": list(packages)}} if "demo" in extras:
            return packages
    return []


if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    read = tomllib.loads(Path(PROJECT).read_text("utf-8"))
    lines = models(read, wanted) if "--models" in sys.argv else requirements(read, wanted)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
