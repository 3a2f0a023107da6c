"""How fast a quantity grows, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_SAMPLES = 5
"""With fewer nothing is said of the noise."""

SURE = 1.96
"""Standard errors on either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through samples, by least squares."""

    first: float
    last: float
    """Of the samples; medians of three, so that one odd sample is none of them."""
    slope: float
    """Growth for each unit of `at`."""
    margin: float
    """Half the width of its interval of 95 %; infinite with fewer than FEWEST_SAMPLES."""

    @property
    def growth(self) -> float:
        """From the first to the last."""
        return self.last - self.first

    @property
    def is_sure(self) -> bool:
        """Whether it grows, beyond chance."""
        return self.slope > self.margin

    @classmethod
    def of(cls, at: Sequence[float], values: Sequence[float]) -> "Trend":
        """Fit the line; raises ValueError with fewer than two different times.

        Most of what a process holds it held a moment before, so neighboring residuals are alike and say less than as
        many independent ones. They count as n (1 - r) / (1 + r), with r their correlation at lag one: the effective
        size of a sample of an AR(1) process.
        """
        if len(set(at)) < 2:
            raise ValueError("a trend needs samples of two different times")
        x, y = np.asarray(at, np.float64), np.asarray(values, np.float64)
        slope, offset = np.polyfit(x, y, 1)
        return cls(
            float(np.median(y[:3])), float(np.median(y[-3:])), float(slope), _margin(x, y - (slope * x + offset))
        )


def _margin(x: np.ndarray, residuals: np.ndarray) -> float:
    count = len(x)
    if count < FEWEST_SAMPLES:
        return float("inf")
    power = float(residuals @ residuals)
    likeness = max(float(residuals[1:] @ residuals[:-1]) / power, 0.0) if power else 0.0
    effective = max(count * (1.0 - likeness) / (1.0 + likeness), 3.0)
    spread = power / count / float(np.var(x)) / (effective - 2.0)
    return SURE * float(np.sqrt(spread))
