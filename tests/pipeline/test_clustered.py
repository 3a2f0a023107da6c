"""Intervals of rates and means whose events come in clusters."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.clustered import rate, ratio

calls = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda it: (min(it), max(it))), max_size=30)


@given(calls)
def test_an_interval_holds_its_value_and_stays_a_share(counted: list[tuple[int, int]]) -> None:
    estimate = rate([hits for hits, _ in counted], [total for _, total in counted])
    assert (estimate is None) == (sum(total for _, total in counted) == 0)
    if estimate is not None and estimate.low is not None and estimate.high is not None:
        assert 0.0 <= estimate.low <= estimate.value + 1e-9
        assert estimate.value - 1e-9 <= estimate.high <= 1.0
        assert estimate.low < estimate.high


def test_one_call_has_no_interval() -> None:
    estimate = rate([9], [10])
    assert estimate is not None
    assert (estimate.value, estimate.count, estimate.calls, estimate.low) == (0.9, 10, 1, None)


def test_turns_that_are_alike_within_their_calls_say_less() -> None:
    """The same 100 events of 10 calls: half of the calls all hits, or each call half."""
    alike, mixed = rate([10] * 5 + [0] * 5, [10] * 10), rate([5] * 10, [10] * 10)
    assert alike is not None
    assert mixed is not None
    assert alike.low is not None
    assert mixed.low is not None
    assert alike.value == mixed.value == 0.5
    assert 0.5 - alike.low > 2 * (0.5 - mixed.low)


def test_a_mean_of_calls() -> None:
    estimate = ratio([8.0, 12.0, 10.0], [10, 10, 10])
    assert estimate is not None
    assert estimate.value == pytest.approx(1.0)
    half = 4.303 * 0.2 / 3**0.5
    assert estimate.low == pytest.approx(1 - half)
    assert estimate.high == pytest.approx(1 + half)


def test_what_never_happened_may_happen() -> None:
    estimate = ratio([0, 0], [50, 50])
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.03)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """A thousand fleets of 20 calls, each call with a rate of its own around 0.8."""
    chance = random.Random(5)
    held = 0
    for _ in range(1000):
        hits = []
        for _ in range(20):
            own = chance.betavariate(8, 2)
            hits.append(sum(chance.random() < own for _ in range(10)))
        estimate = rate(hits, [10] * 20)
        assert estimate is not None
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= 0.8 <= estimate.high
    assert 920 <= held <= 980
