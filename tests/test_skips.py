"""What a skip means: the rules of tests/conftest.py, tried on a small set of tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

TESTS = """
import pytest

def test_skips(): pytest.skip("a tool is missing")

@pytest.mark.platform("plan9", reason="only there")
def test_elsewhere(): assert False

def test_speech(recordings): pass

@pytest.mark.xfail(strict=True)
def test_known(): assert False

@pytest.mark.slow
def test_slow(): pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with these tests, without recordings beside it."""
    (tmp_path / "checkout" / "tests").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "checkout" / "tests")
    settings = (ROOT / "pyproject.toml").read_text().replace('pythonpath = ["."]', f"pythonpath = [{str(ROOT)!r}]")
    (tmp_path / "checkout" / "pyproject.toml").write_text(settings)
    (tmp_path / "checkout" / "tests" / "test_some.py").write_text(TESTS)
    return tmp_path / "checkout"


def run(project: Path, *arguments: str, **env: str) -> str:
    """What pytest tells of it; without its plugins, most of whose time is for being loaded."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "RAWBOT_AUDIO")}
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ("-p", "no:cacheprovider", "-W", "ignore:Unknown config option")
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    done = subprocess.run(command, cwd=project, env=kept | env, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_in_ci_only_a_skip_that_cannot_be_mended_is_one(project: Path) -> None:
    told = run(project, CI="true")
    assert "In CI (the variable CI is set) a skipped test is a failure. Skipped: a tool is missing" in told
    assert "1 failed, 2 skipped, 1 deselected, 1 xfailed" in told
    assert "only on plan9: only there" in told
    assert "recorded speech is missing: set RAWBOT_AUDIO" in told


def test_in_ci_a_module_that_skips_itself_is_a_failure(project: Path) -> None:
    (project / "tests" / "test_more.py").write_text("import pytest\npytest.importorskip('no_such_module')")
    assert "1 error" in run(project, CI="true")


def test_elsewhere_a_skip_is_a_skip(project: Path) -> None:
    assert "3 skipped, 1 deselected, 1 xfailed" in run(project)


def test_slow_ones_run_with_all(project: Path) -> None:
    assert "1 passed, 3 skipped, 1 xfailed" in run(project, "--all")


def test_recordings_that_are_named_must_exist(project: Path) -> None:
    assert "RAWBOT_AUDIO is /nowhere, which is no folder" in run(project, RAWBOT_AUDIO="/nowhere")
    assert "1 passed, 2 skipped" in run(project, RAWBOT_AUDIO=str(project))


ROOMS = """
import pytest

@pytest.mark.sfu
@pytest.mark.smoke
def test_room(): pass

@pytest.mark.sfu
def test_more(): pass

@pytest.mark.sfu
@pytest.mark.alone
def test_sound(): pass
"""


def test_those_of_a_room_are_told_from_all_others(project: Path) -> None:
    """Where they run, files that name no such mark are not even loaded."""
    (project / "tests" / "test_rooms.py").write_text(ROOMS)
    assert "1 passed, 2 deselected" in run(project, "--rooms", "only")
    assert "3 skipped, 4 deselected, 1 xfailed" in run(project, "--rooms", "without")
    assert "3 passed" in run(project, "--rooms", "only", "--all")
    assert "2 passed, 1 deselected" in run(project, "--rooms", "together", "--all")
    assert "1 passed, 2 deselected" in run(project, "--rooms", "alone", "--all")


@pytest.mark.parametrize(
    ("more", "mark"),
    [
        ("def test_of_a_server(livekit_server): pass", "sfu"),
        ("from marks import BY_NAME\n\n@BY_NAME\ndef test_marked_elsewhere(): pass", "smoke"),
    ],
)
def test_one_whose_file_does_not_name_its_mark_is_an_error(project: Path, more: str, mark: str) -> None:
    """Else nobody would notice that it never runs."""
    (project / "tests" / "marks.py").write_text("import pytest\nBY_NAME = pytest.mark.smoke")
    (project / "tests" / "test_more.py").write_text(more)
    for tier in ((), ("--rooms", "without", "--all")):
        assert f"would not be found: name pytest.mark.{mark} in its file" in run(project, *tier)


def test_one_that_is_named_runs_whatever_its_tier(project: Path) -> None:
    (project / "tests" / "test_rooms.py").write_text(ROOMS)
    assert "1 passed" in run(project, "tests/test_rooms.py::test_more")


def test_those_of_tools_run_with_all(project: Path) -> None:
    (project / "tests" / "support").mkdir()
    (project / "tests" / "support" / "test_caller.py").write_text("def test_it(): pass")
    assert "1 deselected" in run(project, "tests/support")
    assert "1 passed" in run(project, "tests/support", "--all")
