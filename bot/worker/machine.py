"""What this machine, or the container that is one to us, has left: CPU and memory.

A container's limits are those of its control group and of all groups above it: see cgroups(7), and the kernel's
admin-guide/cgroup-v2.rst. Version 1 keeps a hierarchy for each kind of limit.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

NO_LIMIT = 1 << 60
"""Bytes: version 1 writes a huge number where nothing is limited."""

SMOOTHING_TIME = 15.0
"""Seconds over which CPU counts: processes that start use all of it for some of them."""


class Machine:
    """Reads /proc and /sys below `root`. What a system does not tell counts as unlimited."""

    def __init__(self, root: Path = Path("/"), now: Callable[[], float] = time.monotonic) -> None:
        self._root, self._now = root, now
        self._cpu_before: tuple[float, float] | None = None
        self._busy_before: tuple[float, float] | None = None
        self.cores = self._cores()
        """How many cores there are to use; a container may have parts of one."""

    def busy(self) -> float:
        """Return the share of the cores in use lately, 0 to 1: since the last call, smoothed."""
        used, whole, now = *self._cpu_times(), self._now()
        if self._cpu_before is None or self._busy_before is None:
            self._cpu_before, self._busy_before = (used, whole), (0.0, now)
            return 0.0
        (used_before, whole_before), (busy, at) = self._cpu_before, self._busy_before
        if whole <= whole_before:
            return busy
        share = min(max((used - used_before) / (whole - whole_before), 0.0), 1.0)
        weight = min((now - at) / SMOOTHING_TIME, 1.0)
        self._cpu_before, self._busy_before = (used, whole), (busy + weight * (share - busy), now)
        return self._busy_before[0]

    def free_memory(self) -> int | None:
        """Return the bytes that new processes can have; None where the system does not say."""
        free = [
            limit - max(used - cache, 0)
            for group in self._groups("memory")
            for limit, used, cache in [self._memory_of(group)]
            if limit < NO_LIMIT
        ]
        for line in self._lines("proc/meminfo"):
            if line.startswith("MemAvailable:"):
                free.append(int(line.split()[1]) * 1024)
        return min(free, default=None)

    def _cores(self) -> float:
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min([float(here), *(quota for group in self._groups("cpu") if (quota := self._quota_of(group)))])

    def _cpu_times(self) -> tuple[float, float]:
        """Return the seconds that cores were in use, and those that there were, since whenever."""
        for group in self._groups("cpu"):
            if self._quota_of(group) is not None:
                for line in self._lines_of(group / "cpu.stat"):
                    if line.startswith("usage_usec "):
                        return int(line.split()[1]) / 1e6, self._now() * self.cores
        for line in self._lines("proc/stat"):
            user, nice, system, idle, waiting, *more = (int(word) for word in line.split()[1:9])  # see proc_stat(5)
            used = user + nice + system + sum(more)
            return float(used), float(used + idle + waiting)
        return 0.0, 0.0

    def _quota_of(self, group: Path) -> float | None:
        """Return how many cores a group may use; None when it has no limit."""
        words = " ".join(self._lines_of(group / "cpu.max")).split() or [
            *self._lines_of(group / "cpu.cfs_quota_us"),
            *self._lines_of(group / "cpu.cfs_period_us"),
        ]
        if len(words) != 2 or not words[0].isdecimal() or not int(words[1]):  # "max" or -1
            return None
        return int(words[0]) / int(words[1])

    def _memory_of(self, group: Path) -> tuple[int, int, int]:
        """Return a group's limit, what it uses, and what of that are files that can be read again, in bytes."""
        for limit_name, used_name, cache_name in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, used = self._lines_of(group / limit_name), self._lines_of(group / used_name)
            if limit and used and limit[0].isdecimal():
                cache = [line for line in self._lines_of(group / "memory.stat") if line.startswith(f"{cache_name} ")]
                return int(limit[0]), int(used[0]), int(cache[0].split()[1]) if cache else 0
        return NO_LIMIT, 0, 0

    def _groups(self, kind: str) -> Iterator[Path]:
        """This process's groups that may limit `kind`, and those above them."""
        for line in self._lines("proc/self/cgroup"):
            number, kinds, path = line.split(":", 2)
            top = self._root / "sys/fs/cgroup"
            if number != "0":
                if kind not in kinds.split(","):
                    continue
                top /= kind
            group = top / path.lstrip("/")
            yield from (at for at in (group, *group.parents) if at.is_relative_to(top) and at.is_dir())

    def _lines(self, name: str) -> list[str]:
        return self._lines_of(self._root / name)

    @staticmethod
    def _lines_of(file: Path) -> list[str]:
        try:
            return file.read_text("ascii", errors="replace").splitlines()
        except OSError:
            return []
