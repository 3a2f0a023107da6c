"""Asks a database of known vulnerabilities about every package in scripts/constraints.txt. Run by .ci/run.

`python -m scripts.audit` ends with 1 when there is one that is not in ACCEPTED. Where the database cannot be asked, as
offline, it says so and ends with 0: that is no reason to hold a change back.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.environment import CONSTRAINTS

DATABASE = "https://api.osv.dev/v1/query"
"""OSV: what the Python Packaging Advisory Database and GitHub's have, without a key."""

TIMEOUT = 20.0
"""Seconds for all packages, a hundred questions."""

ACCEPTED: Mapping[str, str] = {}
"""Vulnerabilities that a change need not wait for, by id or alias, each with the reason."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was found; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--constraints", default=str(CONSTRAINTS), metavar="FILE", help="names and versions")
    parser.add_argument("--database", default=DATABASE, metavar="URL", help="another one with OSV's interface")
    arguments = parser.parse_args(argv)
    try:
        found = _asked(arguments.constraints, arguments.database)
    except subprocess.TimeoutExpired:
        return _unasked(f"there was no whole answer within {TIMEOUT:g} s")
    try:
        packages = json.loads(found.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _unasked(
            found.stderr.strip().rpartition("\n")[2][:200] or f"pip-audit has ended with {found.returncode}"
        )
    if lines := list(_lines(packages)):
        print("\n".join(lines))
        return 1
    print(f"no known vulnerability in {len(packages)} packages")
    return 0


def _asked(constraints: str, database: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pip_audit", "--requirement", constraints, "--no-deps", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", database, "--timeout", "5"]
    command += ["--progress-spinner", "off", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=os.environ)


def _unasked(why: str) -> int:
    print(f"NOT AUDITED: the packages' vulnerabilities could not be looked up: {why}")
    return 0


def _lines(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for package in packages:
        for vulnerability in package.get("vulns", ()):
            names = [vulnerability["id"], *vulnerability.get("aliases", ())]
            if not ACCEPTED.keys() & set(names):
                fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
                yield f"{package['name']} {package['version']}: {' '.join(names)}; fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
