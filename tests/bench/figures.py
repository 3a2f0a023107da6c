"""The figures: what they are called, what they should be, and how they are shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Statistic = Literal["mean", "median", "p95", "max", "min"]

_OF: dict[Statistic, Callable[[Sequence[float]], float]] = {
    "mean": lambda values: float(np.mean(values)),
    "median": lambda values: float(np.median(values)),
    "p95": lambda values: float(np.percentile(values, 95)),
    "max": lambda values: float(np.max(values)),
    "min": lambda values: float(np.min(values)),
}


@dataclass(frozen=True)
class Target:
    """What a statistic of a figure is to be at most."""

    statistic: Statistic
    limit: float

    def is_met(self, values: Sequence[float]) -> bool:
        """By these values; not without any."""
        return bool(values) and _OF[self.statistic](values) <= self.limit


@dataclass(frozen=True)
class Figure:
    """Some values of one kind, in `unit`."""

    name: str
    unit: str
    values: tuple[float, ...]
    targets: tuple[Target, ...] = ()

    @property
    def is_met(self) -> bool | None:
        """Whether all targets are; None without targets."""
        return all(target.is_met(self.values) for target in self.targets) if self.targets else None

    @property
    def verdict(self) -> str:
        """For people."""
        if not self.values:
            return "not measured"
        if self.is_met is None:
            return ""
        return "met" if self.is_met else "MISSED"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        statistics: dict[str, float] = {name: of(self.values) for name, of in _OF.items() if self.values}
        targets = [{target.statistic: target.limit} for target in self.targets]
        whole = {"name": self.name, "unit": self.unit, "count": len(self.values), **statistics}
        return {**whole, "targets": targets, "is_met": self.is_met, "values": list(self.values)}


def figure(name: str, unit: str, values: Sequence[float | None], **limits: float) -> Figure:
    """A figure of the values that are there; `limits` are targets by their statistic."""
    there = tuple(round(float(value), 4) for value in values if value is not None)
    targets = tuple(Target(statistic, limits[statistic]) for statistic in _OF if statistic in limits)
    return Figure(name, unit, there, targets)


def milliseconds(name: str, seconds: Sequence[float | None], **limits: float) -> Figure:
    """A figure of times, `limits` in ms."""
    return figure(name, "ms", [round(value * 1000, 1) if value is not None else None for value in seconds], **limits)


_HEADINGS = ("", "of", "mean", "median", "p95", "max", "target", "")


def table(figures: Sequence[Figure]) -> str:
    """Lines for a terminal."""
    rows = [_HEADINGS, *(_row(each) for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n in (0, 6, 7) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(of: Figure) -> tuple[str, ...]:
    cells = [_number(_OF[name](of.values)) if of.values else "-" for name in ("mean", "median", "p95", "max")]
    targets = ", ".join(f"{target.statistic} <= {_number(target.limit)}" for target in of.targets)
    return (f"{of.name}, {of.unit}", str(len(of.values)), *cells, targets, of.verdict)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.2f}"
