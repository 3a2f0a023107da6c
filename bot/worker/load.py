"""How busy this machine is."""

import os
from collections.abc import Callable
from pathlib import Path

STAT = Path("/proc/stat")


def _read_times() -> tuple[int, int] | None:
    """Return the ticks of all cores since boot, (idle, all); None where the system does not count them so."""
    try:
        words = STAT.read_text("ascii").split(maxsplit=9)
    except OSError:
        return None
    user, nice, system, idle, waiting, *more = (int(word) for word in words[1:9])  # see proc_stat(5)
    return idle + waiting, user + nice + system + idle + waiting + sum(more)


class CpuLoad:
    """The share of the machine's CPU that was in use between two looks."""

    def __init__(self, read_times: Callable[[], tuple[int, int] | None] = _read_times) -> None:
        self._read_times = read_times
        self._before = read_times()

    def read(self) -> float:
        """Return the share since the last look, 0 to 1; elsewhere than on Linux that of the last minute, or 0."""
        times = self._read_times()
        if times is None or self._before is None:
            return min(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0) if hasattr(os, "getloadavg") else 0.0
        (idle, whole), (idle_before, whole_before) = times, self._before
        self._before = times
        return 1.0 - (idle - idle_before) / (whole - whole_before) if whole > whole_before else 0.0
