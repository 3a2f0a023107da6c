"""Somebody else's project: it installs this package into an environment of its own, and tests its bot by pytest."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts.environment import CONSTRAINTS, create, install, python_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[3]

BOT = '''
"""A bakery's bot: what it is told, and a model that knows two answers."""

from pipeline.ports import TextDelta
from pipeline.messages import Prompt

INSTRUCTIONS = "You take orders for a bakery."


class Baker:
    async def warm(self): ...

    async def aclose(self): ...

    async def generate(self, prompt: Prompt):
        asked = prompt.messages[-1].text
        yield TextDelta("One loaf, is that all?" if "bread" in asked else "Thank you, goodbye.")
'''

TESTS = """
import pytest
from bakery import INSTRUCTIONS, Baker
from pipeline.testing import Scene, SimulatedCaller, virtual_time


@pytest.mark.scene(llm=Baker(), instructions=INSTRUCTIONS, greeting="Good morning!")
def test_an_order_on_a_bad_line(scene):
    scene.converse(SimulatedCaller(["I would like some bread.", "Yes, that is all."], waits=True))
    scene.run()
    scene.assert_heard("is that all")
    scene.assert_heard("goodbye")
    scene.assert_requested("take orders for a bakery")
    scene.assert_answered_within(1.0)


@virtual_time
async def test_whoever_goes_on_is_not_cut_short():
    async with Scene(llm=Baker(), loss=0.02, jitter=0.02, seed=4) as scene:
        ended_at = scene.person.says("I would like some bread, and", at=1.0)
        scene.person.says("a cup of coffee.", at=ended_at + 0.8)
        await scene.is_over()
    assert len(scene.requests) == 1
    scene.assert_said("bread, and a cup of coffee")
"""


def test_a_project_tests_its_bot_with_what_it_installed(tmp_path: Path) -> None:
    """Three scenes: of its own providers and callers, in a coroutine, and the one of the README."""
    venv, project = tmp_path / "venv", tmp_path / "project"
    create(venv)
    install(venv, "--constraint", str(CONSTRAINTS), str(ROOT), "pytest")
    project.mkdir()
    (project / "bakery.py").write_text(BOT)
    (project / "test_bakery.py").write_text(TESTS)
    (readme,) = re.findall(r"## Test it\n\n```py\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (project / "test_readme.py").write_text(readme)
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL"))
    }
    done = subprocess.run(
        [python_of(venv), "-m", "pytest", "--strict-markers", "-p", "no:cacheprovider"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert "rawbot-" in done.stdout, "the plugin is registered by the package"
