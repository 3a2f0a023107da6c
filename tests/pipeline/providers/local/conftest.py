"""The engines of the extra `demo`, and their processes."""

from collections.abc import Callable
from importlib.util import find_spec

import psutil
import pytest

from pipeline.providers.local.packages import EXTRAS, MODELS

Engines = Callable[[], list[psutil.Process]]


@pytest.fixture
def demo() -> None:
    """Skips where the extra is not installed."""
    for package in (*MODELS, *EXTRAS):
        if find_spec(package) is None:
            pytest.skip(f"the package {package} is missing: run scripts/test, or install the project's extra demo")


@pytest.fixture
def engines(demo: None) -> Engines:
    """The processes of engines that run under this one."""

    def running() -> list[psutil.Process]:
        children = psutil.Process().children()
        return [child for child in children if any("providers.local" in word for word in child.cmdline())]

    return running
