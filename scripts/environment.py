"""The checkout's virtual environment, made and kept up to date. Standard library only, Python >= 3.11.

`python -m scripts.environment dev ...` installs the project with these extras into `.venv` and prints its python.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from scripts.file_lock import locked

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "scripts" / "constraints.txt"

_ADVICE = "check the network, and that pyproject.toml and scripts/constraints.txt agree; then run this again"


class EnvironmentFailed(Exception):
    """The environment could not be made; the message says what was run and what to do."""


def python_of(venv: Path) -> Path:
    """The interpreter of the virtual environment `venv`."""
    return venv / "Scripts" / "python.exe" if sys.platform == "win32" else venv / "bin" / "python"


def create(venv: Path) -> None:
    """Make a virtual environment of this Python at `venv`, with uv when it is on PATH, else with venv and pip."""
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
    else:
        advice = "install your system's python3-venv package, or uv, then run this again"
        _run([sys.executable, "-m", "venv", str(venv)], advice)


def install(venv: Path, *arguments: str) -> None:
    """Install with uv or pip into `venv`; `arguments` are those that both understand."""
    python = str(python_of(venv))
    if uv := shutil.which("uv"):
        _run([uv, "pip", "install", "--quiet", "--python", python, *arguments])
        return
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
        _run([python, "-m", "ensurepip"], f"remove {venv}, or install uv, then run this again")  # made by uv, now gone
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments])


def ready(extras: list[str]) -> Path:
    """Bring `.venv` up to date with pyproject.toml, the constraints and `extras`; return its interpreter."""
    with locked(ROOT / "pyproject.toml"):  # two scripts started at once must not both make it
        return _ready(extras)


def _ready(extras: list[str]) -> Path:
    python = python_of(VENV)
    if not _works(python):
        if (VENV / "pyvenv.cfg").exists():
            shutil.rmtree(VENV)  # of a Python that is gone or too old
        _say(f"making {VENV}")
        create(VENV)
    wanted = _fingerprint()
    for extra in extras:
        stamp = VENV / f"installed-{extra}"
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        _say(f"installing the project with its extra {extra!r} into {VENV}: a minute the first time")
        install(VENV, "--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[{extra}]")
        stamp.write_text(wanted)
    return python


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", check], capture_output=True, check=False).returncode == 0


def _fingerprint() -> str:
    """Of what decides the installed set: the project and build tables (tool settings do not), and the constraints."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    decides = json.dumps([pyproject["project"], pyproject["build-system"], CONSTRAINTS.read_text()])
    return hashlib.sha256(decides.encode()).hexdigest()


def _run(command: list[str], advice: str = _ADVICE) -> None:
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if finished.returncode != 0:
        raise EnvironmentFailed(f"{' '.join(command)}\n{finished.stdout.rstrip()}\nThat failed: {advice}.")


def _say(line: str) -> None:
    print(f"environment: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """The command line: the extras as arguments, the interpreter's path on stdout."""
    try:
        print(ready(sys.argv[1:]))
    except EnvironmentFailed as failure:
        _say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
