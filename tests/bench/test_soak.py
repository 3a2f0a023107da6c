"""What the soak says of growth."""

import math

import numpy as np
import pytest

from tests.bench.soak.__main__ import Soak
from tests.bench.soak.process import Sample
from tests.bench.soak.trend import Trend


def test_a_straight_growth_is_found_and_is_sure() -> None:
    trend = Trend.of(range(20), [100.0 + 0.5 * at for at in range(20)])
    assert trend.slope == pytest.approx(0.5)
    assert trend.margin == pytest.approx(0.0, abs=1e-9)
    assert trend.growth == pytest.approx(0.5 * 17)  # from the second to the last but one: medians of three
    assert trend.is_sure


def test_an_interval_of_noise_without_growth_holds_zero_as_often_as_it_says() -> None:
    noise = np.random.default_rng(1)
    wrong = sum(
        abs(trend.slope) > trend.margin
        for trend in (Trend.of(range(60), noise.normal(size=60).tolist()) for _ in range(400))
    )
    assert 5 <= wrong <= 40  # 5 % of 400 are 20


def test_a_walk_that_remembers_is_not_taken_for_growth_as_often_as_independent_noise_would_be() -> None:
    """Memory goes up and comes down in runs: with each sample taken for new, every second run would be "growth"."""
    noise = np.random.default_rng(1)
    wrong = 0
    for _ in range(200):
        values = np.zeros(60)
        for at in range(1, 60):
            values[at] = 0.8 * values[at - 1] + noise.normal()
        wrong += Trend.of(range(60), values.tolist()).is_sure
    assert wrong <= 40


def test_few_samples_say_nothing_of_noise_and_one_nothing_at_all() -> None:
    assert math.isinf(Trend.of((1, 2, 3), (1.0, 2.0, 3.0)).margin)
    with pytest.raises(ValueError, match="two different times"):
        Trend.of((1,), (1.0,))


def test_the_lines_name_what_grows_and_what_failed() -> None:
    soak = Soak("call", failures=["no bot came"])
    for call in range(20, 40, 2):
        soak.add(call, Sample(memory=150.0 + call, threads=9, tasks=3, files=20))
    _, memory, threads, *_, failure = soak.lines()
    assert memory.startswith("memory")
    assert memory.endswith("it grows")
    assert "grows" not in threads
    assert failure == "failed: no bot came"
