"""Rates and means over many calls, with intervals that take into account that the turns of one call are alike.

Each call is a cluster: a call on a bad line has all its turns slow, so that fifty turns of two calls say little more
than two turns. The variance is that between calls (linearized, for a ratio of sums). The interval of a share is
Wilson's, with the number of events divided by the design effect: it stays within 0 and 1, and has a width where all
events are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Student's t for 1 to 30 degrees of freedom, two-sided: 95 %."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate or a mean, from `count` events in `calls` calls; no interval from a single call."""

    value: float
    count: int
    calls: int
    low: float | None = None
    high: float | None = None


def rate(hits: Sequence[int], totals: Sequence[int]) -> Estimate | None:
    """The share of events that are hits, by their numbers in each call; None without any event."""
    return _ratio(hits, totals, is_share=True)


def ratio(counts: Sequence[float], totals: Sequence[int]) -> Estimate | None:
    """How much there is to each event, by the sums in each call: a mean, or a rate that may exceed 1.

    Where there was nothing of it at all, its interval ends at three in as many events (the rule of three).
    """
    return _ratio(counts, totals, is_share=False)


def _ratio(counts: Sequence[float], totals: Sequence[int], *, is_share: bool) -> Estimate | None:
    pairs = [(count, total) for count, total in zip(counts, totals, strict=True) if total]
    events, calls = sum(total for _, total in pairs), len(pairs)
    if not events:
        return None
    value = sum(count for count, _ in pairs) / events
    if calls < 2:
        return Estimate(value, events, calls)
    variance = calls / (calls - 1) * sum((count - value * total) ** 2 for count, total in pairs) / events**2
    t = _T[min(calls - 1, len(_T)) - 1] if calls - 1 <= len(_T) else 1.96 + 2.4 / (calls - 1)
    low, high = _wilson(value, events, variance, t) if is_share else _around(value, t * sqrt(variance), 3 / events)
    return Estimate(value, events, calls, low, high)


def _around(value: float, half: float, least: float) -> tuple[float, float]:
    return max(0.0, value - half), value + half if value else least


def _wilson(value: float, events: int, variance: float, t: float) -> tuple[float, float]:
    alone = value * (1 - value) / events
    n = events / max(1.0, variance / alone if alone else 1.0)
    middle, width = value + t * t / (2 * n), t * sqrt(value * (1 - value) / n + t * t / (4 * n * n))
    return max(0.0, (middle - width) / (1 + t * t / n)), min(1.0, (middle + width) / (1 + t * t / n))
