"""The fixtures `scene` and `make_scene` for pytest, and the timeline of each scene in the report of a test that fails.

Registered as the plugin `rawbot` where the package is installed. It imports the kit when a test asks for it.
"""

import sys
from collections.abc import Callable, Generator, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pipeline.testing.runner import SceneRunner
    from pipeline.testing.scene import Scene

MARK = "scene(**options): what the fixture `scene` is made with, such as instructions= or loss=; see pipeline.testing"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--scene-seed", type=int, default=0, metavar="N", help="what is random in scenes that name no seed (rawbot)"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def make_scene(request: pytest.FixtureRequest) -> "Iterator[Callable[..., Scene]]":
    """Make scenes with options: `make_scene(llm=MyModel(), greeting="Hello!")`. Each has to be played."""
    from pipeline.testing.scene import Scene

    made: list[Scene] = []

    def make(**options: Any) -> Scene:
        made.append(Scene(**{"seed": request.config.getoption("--scene-seed")} | options))
        return made[-1]

    yield make
    if any(not scene.has_begun for scene in made):
        pytest.fail("a scene was never played: call scene.run(), or enter it with `async with scene:`", pytrace=False)


@pytest.fixture
def scene(request: pytest.FixtureRequest, make_scene: "Callable[..., Scene]") -> "Scene":
    """A scene with what the mark `scene` says; it has to be played."""
    options: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("scene"))):
        options |= mark.kwargs
    return make_scene(**options)


def pytest_runtest_setup() -> None:
    if made := _made():
        made.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for number, (_, played) in enumerate(sorted((_made() or {}).items()), 1):
            if (timeline := played.untold_timeline) is not None:
                report.sections.append((f"scene {number}", timeline))
    return report


def _made() -> "MutableMapping[int, SceneRunner] | None":
    """The scenes that are still there; None when the kit was not even imported."""
    module = sys.modules.get("pipeline.testing.runner")
    return module.SceneRunner.made if module is not None else None
