"""Numbers that only grow, and some that do not, added up over the bots of a process and the processes of a worker.

No I/O and no library: what a process of a worker counts goes to the worker as JSON, and is added there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from bot.telemetry.catalog import BY_NAME

MOST_SERIES = 200
"""Sets of labels of one metric; what comes beyond counts for `other`. Models may be named by what orders a session."""

OTHER = "other"

Labels = tuple[str, ...]
Series = tuple[str, Labels]


class Totals:
    """Counters, histograms and gauges by name and labels; see `catalog` for what there is."""

    def __init__(self) -> None:
        self.counters: dict[Series, float] = {}
        self.histograms: dict[Series, list[float]] = {}
        """Of each how often a value fell into each bucket and beyond them, and last the sum of the values."""
        self.gauges: dict[Series, float] = {}
        self._series: dict[str, int] = {}

    def add(self, name: str, labels: Labels = (), amount: float = 1.0) -> None:
        """Let a counter grow."""
        if amount:
            series = self._known(name, labels, self.counters)
            self.counters[series] = self.counters.get(series, 0.0) + amount

    def observe(self, name: str, seconds: float | None, labels: Labels = ()) -> None:
        """Add a value to a histogram; None is no value. What came before its zero counts as 0."""
        if seconds is None:
            return
        row, seconds = BY_NAME[name], max(seconds, 0.0)
        series = self._known(name, labels, self.histograms)
        values = self.histograms.setdefault(series, [0.0] * (len(row.buckets) + 2))
        values[bisect_left(row.buckets, seconds)] += 1.0
        values[-1] += seconds

    def set(self, name: str, value: float, labels: Labels = ()) -> None:
        """Set a gauge."""
        self.gauges[self._known(name, labels, self.gauges)] = value

    def rise(self, name: str, value: float, labels: Labels = ()) -> None:
        """Set a gauge that only rises."""
        self.set(name, max(value, self.gauges.get((name, labels), value)), labels)

    def take(self) -> dict[str, Any]:
        """Return what has been counted since the last time, for `merge`, and the gauges as they are. It is JSON."""
        taken = {
            "counters": [[name, list(labels), value] for (name, labels), value in self.counters.items()],
            "histograms": [[name, list(labels), values] for (name, labels), values in self.histograms.items()],
            "gauges": [[name, list(labels), value] for (name, labels), value in self.gauges.items()],
        }
        self.counters.clear()
        self.histograms.clear()
        self._series.clear()
        return {kind: values for kind, values in taken.items() if values}

    def merge(self, taken: Mapping[str, Any]) -> None:
        """Add what another has taken, but for its gauges. Raises ValueError, TypeError, LookupError for nonsense."""
        for name, labels, amount in taken.get("counters", ()):
            _check(name, labels, "counter")
            self.add(name, tuple(labels), float(amount))
        for name, labels, values in taken.get("histograms", ()):
            _check(name, labels, "histogram")
            if len(values) != len(BY_NAME[name].buckets) + 2:
                raise ValueError(f"{name} has {len(values)} values")
            series = self._known(name, tuple(labels), self.histograms)
            old = self.histograms.get(series, [0.0] * len(values))
            self.histograms[series] = [one + float(other) for one, other in zip(old, values, strict=True)]

    def _known(self, name: str, labels: Labels, there: Mapping[Series, Any]) -> Series:
        """Return where to count; a metric with too many sets of labels has one more, for all further ones."""
        if (name, labels) in there:
            return name, labels
        if self._series.get(name, 0) >= MOST_SERIES:
            return name, (OTHER,) * len(labels)
        self._series[name] = self._series.get(name, 0) + 1
        return name, labels


def gauges_in(taken: Mapping[str, Any]) -> dict[Series, float]:
    """Return the gauges of what was taken. Raises as `merge`."""
    gauges = dict[Series, float]()
    for name, labels, value in taken.get("gauges", ()):
        _check(name, labels, "gauge")
        gauges[name, tuple(labels)] = float(value)
    return gauges


def combined(all_gauges: Iterable[Mapping[Series, float]]) -> dict[Series, float]:
    """Return the gauges of several: their sum, or the greatest, as `catalog` says."""
    whole = dict[Series, float]()
    for gauges in all_gauges:
        for series, value in gauges.items():
            before = whole.get(series)
            is_max = BY_NAME[series[0]].combine == "max"
            whole[series] = value if before is None else max(before, value) if is_max else before + value
    return whole


def _check(name: str, labels: list[str], kind: str) -> None:
    row = BY_NAME[name]
    if row.kind != kind or len(row.labels) != len(labels) or not all(isinstance(label, str) for label in labels):
        raise ValueError(f"{name} is no {kind} with these labels")
