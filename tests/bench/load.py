"""Whether the benchmark had the machine for itself, and its own loop was in time."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
import psutil

from tests.bench.processes import cpu_seconds

LAG_INTERVAL = 0.010
"""Seconds that a task sleeps to see how much later it is woken."""

LOAD_INTERVAL = 1.0
"""Seconds between looks at what others do."""

QUIET_BEFORE = 0.15
"""Cores that others may use before it begins, in the mean of BEFORE_DURATION seconds."""

BEFORE_DURATION = 3.0

BUSY_SECOND, BUSY_SHARE = 0.3, 0.05
"""Cores of others in a second that count as a disturbance; the share of seconds that may be disturbed."""

LATE, LATE_SHARE = 0.020, 0.01
"""Seconds that the caller's loop may be late, and the share of looks at which it may be later: its microphone writes
50 ms ahead, and a frame's arrival is taken from the earliest around it, so that single ones do no harm."""


async def loop_lags(lags: list[float]) -> None:
    """Note, until cancelled, how much later than asked for the loop wakes a task; seconds."""
    loop = asyncio.get_running_loop()
    while True:
        due_at = loop.time() + LAG_INTERVAL
        await asyncio.sleep(LAG_INTERVAL)
        lags.append(round(loop.time() - due_at, 5))


@dataclass
class Load:
    """What was seen of the machine."""

    before: float = 0.0
    """Cores that others used before it began."""
    others: list[float] = field(default_factory=list)
    """Cores that others used, of each second."""
    lags: list[float] = field(default_factory=list)
    """Of the caller's loop, seconds."""

    def faults(self) -> list[str]:
        """Why the figures are no result; empty when they are one."""
        found = []
        if self.before > QUIET_BEFORE:
            found.append(f"others used {self.before:.2f} cores before it began (more than {QUIET_BEFORE})")
        busy = float(np.mean(np.array(self.others) > BUSY_SECOND)) if self.others else 0.0
        if busy > BUSY_SHARE:
            found.append(f"others used more than {BUSY_SECOND} cores in {busy:.0%} of the seconds")
        late = float(np.mean(np.array(self.lags) > LATE)) if self.lags else 0.0
        if late > LATE_SHARE:
            found.append(f"the caller's loop was more than {LATE * 1000:.0f} ms late at {late:.1%} of the looks")
        return found


class LoadWatch:
    """Watches the machine. `own` are the processes that belong to the benchmark, and may change at any time."""

    def __init__(self) -> None:
        self.load = Load()
        self._own: dict[int, psutil.Process] = {}
        self._changed = False
        self.add(psutil.Process().pid)

    def add(self, pid: int | None) -> None:
        """A process of ours; its children are not counted with it."""
        assert pid is not None
        self._own[pid] = psutil.Process(pid)
        self._changed = True

    def remove(self, pid: int | None) -> None:
        """It is to end."""
        if pid is not None:
            self._own.pop(pid, None)
            self._changed = True

    async def before(self) -> None:
        """Look before anything else is started."""
        since = self._mark()
        await asyncio.sleep(BEFORE_DURATION)
        self.load.before = self._others(since)

    async def watch(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(loop_lags(self.load.lags))
            while True:
                self._changed = False
                since = self._mark()
                await asyncio.sleep(LOAD_INTERVAL)
                others = self._others(since)
                if not self._changed:  # a process that comes or goes takes its CPU time along
                    self.load.others.append(round(others, 3))

    def _others(self, since: tuple[float, float, float]) -> float:
        began_at, busy, own = since
        now, busy_now, own_now = self._mark()
        return max((busy_now - busy) - (own_now - own), 0.0) / (now - began_at)

    def _mark(self) -> tuple[float, float, float]:
        """The time, and the CPU seconds spent by all and by our own."""
        times = psutil.cpu_times()
        busy = sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
        return monotonic(), busy, sum(cpu_seconds(process) for process in self._own.values())
