"""Seconds to places on a drawing, and to words."""

from collections.abc import Iterator
from dataclasses import dataclass

_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps the seconds from `start` to `end` to the places from `left` to `right`."""

    start: float
    end: float
    left: float
    right: float

    def x(self, at: float) -> float:
        """The place of a time; of one outside, that of the nearest inside."""
        within = min(max(at, self.start), self.end) - self.start
        return self.left + within / max(self.end - self.start, 1e-9) * (self.right - self.left)

    def ticks(self, most: int) -> Iterator[float]:
        """Round times on it, at most so many."""
        length = self.end - self.start
        step = next((step for step in _STEPS if length / step <= most), _STEPS[-1])
        number = -int(-self.start // step)
        while number * step <= self.end:
            yield number * step
            number += 1


def clock(seconds: float) -> str:
    """A time of a call: 1:02:03, 2:03, with tenths below a minute: 3.4."""
    if seconds < 60:
        return f"0:{seconds:04.1f}"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float | None) -> str:
    """A duration: 812 ms, 2.31 s, 3 min 20 s."""
    if seconds is None:
        return "-"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
