"""The set-up of the checkout's environment: what it says while it takes long, how it is interrupted, what it leaves."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.providers.local import packages
from scripts.environment import WHEELS, _models, _system_version, _with_stand_in, no_wheel
from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.platform("linux", "darwin", reason="the program that stands for uv is a shell script")

UV = """#!/bin/sh
case "$1" in
    venv) "{python}" -m venv --without-pip .venv ;;
    pip) {install} ;;
esac
"""

INSTALLS = """
here=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo 'x = 1' > "$here/some_package.py"
"""

SET_UP = """
import sys
from scripts import environment, file_lock
assert environment.ROOT.samefile(".")
environment.REPORT_INTERVAL = file_lock.REPORT_INTERVAL = 0.2
sys.exit(environment.main())
"""

HOLDS_THE_LOCK = """
import sys, time
from pathlib import Path
from scripts.file_lock import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the set-up needs to a checkout of its own."""
    (tmp_path / "scripts").mkdir()
    for name in ("__init__.py", "environment.py", "file_lock.py", "constraints.txt"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "vad").mkdir()
    (tmp_path / "vad" / "gate.py").write_text("x = 1")
    return tmp_path


def set_up(checkout: Path, install: str, extra: str = "dev") -> subprocess.Popen[str]:
    """Start the set-up, with a uv that does `install`; it reports every fifth of a second."""
    uv = checkout / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV.format(python=sys.executable, install=install.strip()))
    uv.chmod(0o755)
    env = os.environ | {"PATH": f"{uv.parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    env["PYTHONPATH"] = str(checkout)
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SET_UP, extra]
    return subprocess.Popen(command, cwd=checkout, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def said_until(process: subprocess.Popen[str], text: str) -> list[str]:
    """Wait until this is said; return the lines so far."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if text in line:
            return said
    pytest.fail(f"{text!r} was not said: {said}")


def interrupted(process: subprocess.Popen[str], after: str) -> list[str]:
    """Press Ctrl-C once this has been said; return the lines that were said."""
    said = said_until(process, after)
    os.killpg(process.pid, signal.SIGINT)
    _, rest = process.communicate(timeout=WAIT_LIMIT)
    return [*said, *rest.splitlines()]


def test_what_is_installed_is_compiled(checkout: Path) -> None:
    process = set_up(checkout, INSTALLS)
    printed, said = process.communicate(timeout=WAIT_LIMIT)
    assert process.returncode == 0, said
    assert printed.strip() == str(checkout / ".venv" / "bin" / "python")
    assert list(checkout.glob(".venv/lib/*/site-packages/__pycache__/some_package.*.pyc"))
    assert list(checkout.glob("vad/__pycache__/gate.*.pyc"))
    assert "compiling" in said


def test_what_is_up_to_date_is_left_alone(checkout: Path) -> None:
    set_up(checkout, INSTALLS).communicate(timeout=WAIT_LIMIT)
    shutil.rmtree(checkout / "bin")
    process = set_up(checkout, "exit 1")
    printed, said = process.communicate(timeout=WAIT_LIMIT)
    assert (process.returncode, said) == (0, "")
    assert printed


def test_an_install_that_fails_says_what_to_do(checkout: Path) -> None:
    process = set_up(checkout, "echo no route to host; exit 2")
    _, said = process.communicate(timeout=WAIT_LIMIT)
    assert process.returncode == 1
    assert "no route to host\nThat failed: check the network" in said
    assert "Traceback" not in said


def test_a_long_install_is_reported_and_can_be_interrupted(checkout: Path) -> None:
    process = set_up(checkout, "sleep 60")
    said = interrupted(process, "still at it")
    assert process.returncode == 130
    assert said[-1] == "environment: interrupted; the next start goes on from here"
    assert not any("Traceback" in line for line in said)


def test_who_waits_for_another_set_up_says_for_which_and_can_be_interrupted(checkout: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, checkout / ".venv.lock"],
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        holder.stdout.readline()
        process = set_up(checkout, INSTALLS)
        said = interrupted(process, f"waiting for process {holder.pid}")
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert process.returncode == 130
    *waiting, last = said
    assert last == "environment: interrupted; the next start goes on from here"
    assert all("waiting for process" in line for line in waiting)


def test_it_goes_on_when_the_other_set_up_has_ended(checkout: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, checkout / ".venv.lock"],
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    with holder.stdout:
        holder.stdout.readline()
        process = set_up(checkout, INSTALLS)
        said_until(process, f"waiting for process {holder.pid}")
        holder.kill()
        holder.wait()
    _, said = process.communicate(timeout=WAIT_LIMIT)
    assert process.returncode == 0, said


def test_models_are_installed_without_what_they_need_and_nobody_here_uses(checkout: Path) -> None:
    process = set_up(checkout, 'echo "$@" >> asked\n' + INSTALLS, "demo")
    _, said = process.communicate(timeout=WAIT_LIMIT)
    assert process.returncode == 0, said
    project, models = (checkout / "asked").read_text().splitlines()
    assert "[demo" in project
    alone = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["demo-models"]
    if no_wheel(sys.platform, platform.machine(), _system_version()) is None:
        assert models.split()[-len(alone) - 1 :] == ["--no-deps", *alone]


@pytest.mark.parametrize(
    ("system", "machine", "version", "why"),
    [
        ("linux", "x86_64", (2, 34), None),
        ("linux", "x86_64", (2, 31), "has glibc 2.31, not 2.34 or newer"),
        ("linux", "aarch64", (2, 31), None),
        ("linux", "x86_64", (0, 0), "has glibc 0.0, not 2.34 or newer"),
        ("linux", "riscv64", (2, 40), "is linux on riscv64"),
        ("darwin", "arm64", (26, 1), None),
        ("darwin", "arm64", (14, 7), "has macOS 14.7, not 15.0 or newer"),
        ("win32", "AMD64", (0, 0), None),
        ("win32", "ARM64", (0, 0), "is win32 on ARM64"),
    ],
)
def test_a_system_without_a_wheel_of_the_transcriber_is_known(
    system: str, machine: str, version: tuple[int, ...], why: str | None
) -> None:
    assert no_wheel(system, machine, version) == why


def test_the_systems_with_a_wheel_are_those_that_errors_name() -> None:
    glibc, on_arm = (".".join(map(str, WHEELS["linux", machine])) for machine in ("x86_64", "aarch64"))
    (macos,) = {version[0] for (system, _), version in WHEELS.items() if system == "darwin"}
    named = f"glibc {glibc} on Linux ({on_arm} on ARM), macOS {macos}, or Windows"
    assert packages.WHEELS["moonshine_voice"] == named


def test_where_the_transcriber_has_no_wheel_another_one_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.environment._system_version", lambda: (1, 0))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    assert _with_stand_in(["dev", "demo"]) == ["dev", "demo", "pocketsphinx"]
    assert _with_stand_in(["dev"]) == ["dev"]
    assert not any("moonshine" in name for name in _models())
    assert "no moonshine-voice for this system, which has glibc 1.0" in capsys.readouterr().err
