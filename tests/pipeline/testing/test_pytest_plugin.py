"""The fixtures as pytest gives them to somebody's own tests, in a pytest of its own."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pipeline.testing
from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parents[3]

GOOD = """
import pytest

from pipeline.testing import virtual_time


def test_plain(scene):
    scene.person.says("What time is it?", at=1.0)
    scene.run()
    scene.assert_heard("you said what time is it")


@pytest.mark.scene(greeting="Good day.", answers=False)
class TestMarked:
    @pytest.mark.scene(greeting="Good evening.")
    def test_marks(self, scene):
        scene.run().assert_heard("good evening")


def test_made(make_scene):
    for number in range(2):
        assert make_scene(greeting=f"Hello {number}.").run().heard_text == f"Hello {number}."


@virtual_time
async def test_coroutine(scene):
    async with scene:
        await scene.say("Hello.")


def test_seed(make_scene, request):
    assert request.config.getoption("--scene-seed") == 5
    make_scene(loss=0.1).run()
"""

BAD = """
from pipeline.testing import Scene


def test_never_played(scene):
    scene.person.says("Hello.", at=1.0)


def test_assertion(scene):
    scene.person.says("What time is it?", at=1.0)
    scene.run()
    scene.assert_heard("half past nine")


def test_plain_assert():
    scene = Scene()
    scene.person.says("What time is it?", at=1.0)
    scene.run()
    assert scene.bot_text == "half past nine"
"""


def pytest_of(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The plugin by its module: this environment may have been made before it was registered."""
    # Without CI, where pytest says each failure once more, whole, in its summary.
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pipeline.testing.pytest_plugin",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=WAIT_LIMIT, check=False
    )


def test_scenes_are_given_to_tests(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(GOOD)
    done = pytest_of(tmp_path, "--scene-seed", "5", "--strict-markers", "-W", "error")
    assert "5 passed" in done.stdout, done.stdout


def test_the_test_in_the_readme_passes_as_it_is_written(tmp_path: Path) -> None:
    (program,) = re.findall(r"## Test it\n\n```py\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(program.splitlines()) <= 10
    (tmp_path / "test_readme.py").write_text(program)
    done = pytest_of(tmp_path)
    assert "1 passed" in done.stdout, done.stdout


def test_what_the_package_tells_by_example_is_so(tmp_path: Path) -> None:
    told = re.findall(r"((?:^    (?!`).*\n|^\n)+)", str(pipeline.testing.__doc__), re.MULTILINE)
    examples = [textwrap.dedent(text) for text in told if "def test_" in text]
    assert len(examples) == 3
    program = "from bot import VoiceBot\nfrom pipeline.testing import *\n\n\n" + "\n\n".join(examples)
    (tmp_path / "test_examples.py").write_text(program)
    done = pytest_of(tmp_path)
    assert "3 passed" in done.stdout, done.stdout


def test_what_fails_shows_the_timeline_once(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(BAD)
    done = pytest_of(tmp_path)
    assert "2 failed, 1 passed, 1 error" in done.stdout, done.stdout
    assert "a scene was never played: call scene.run()" in done.stdout
    assert done.stdout.count("the room hears: You said:") == 2, "for the assertion of the scene, and for the plain one"


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    check = (
        "import sys, pipeline.testing.pytest_plugin\n"
        "assert not {'numpy', 'asyncio', 'pipeline.session'} & set(sys.modules), sorted(sys.modules)"
    )
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", check], env=environ, timeout=WAIT_LIMIT, check=True)
