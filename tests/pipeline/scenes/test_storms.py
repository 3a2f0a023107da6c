"""Storms of faults at random, and those in which something once broke, each by its name."""

import pytest

from tests.pipeline.scenes.storms import try_storms

EACH = 250


@pytest.mark.parametrize("seed", range(8))
def test_every_storm_is_weathered(seed: int) -> None:
    """Two thousand, the same ones each time; `python -m tests.pipeline.scenes.storms` tries others."""
    try_storms(EACH, seed)
