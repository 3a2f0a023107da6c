"""When frames leave the source: a simulated queue tells the truth, the clock has only what the loop sees of it."""

import math
import random

import pytest

from bot.caller.source_clock import FRAME, SourceClock


class Queue:
    """A native queue of `size` frames that hands one over at each tick of 10 ms, and a loop that may be late."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.left_at: list[float] = []
        """The truth: when each frame that was written leaves."""

    def write(self, now: float) -> float:
        """The time at which `capture_frame`, called now, returns to a loop that is on time."""
        soonest = self.left_at[-1] + FRAME if self.left_at else 0.0
        self.left_at.append(max(soonest, math.ceil(now / FRAME - 1e-9) * FRAME))
        waits_for = len(self.left_at) - 1 - self.size
        return max(now, self.left_at[waits_for]) if waits_for >= 0 else now


def run(stalls: dict[int, float], frames: int = 600) -> tuple[SourceClock, list[float], list[float]]:
    """The clock, the truth, and what the clock said of each frame that has left."""
    rng = random.Random(7)
    clock, queue, now, told = SourceClock(queued=5), Queue(5), 0.0031, list[float]()
    for n in range(frames):
        called_at = now
        now = queue.write(now) + rng.uniform(0, 0.004) * (n % 7 != 0) + stalls.get(n, 0.0)
        told.append(clock.captured(called_at, now))
    return clock, queue.left_at, told[clock.queued :]


def worst(truth: list[float], told: list[float], since: int = 50) -> float:
    return max(abs(a - b) for a, b in list(zip(truth, told, strict=False))[since:])


def test_a_loop_that_is_a_little_late_does_not_move_the_times() -> None:
    clock, truth, told = run({})
    assert clock.underruns == 0
    assert worst(truth, told) < 0.001


def test_a_stall_shorter_than_the_queue_is_no_underrun() -> None:
    clock, truth, told = run({200: 0.030, 300: 0.040})
    assert clock.underruns == 0
    assert worst(truth, told) < 0.001


def test_a_queue_that_ran_dry_is_counted_and_the_times_follow() -> None:
    clock, truth, told = run({200: 0.163, 400: 0.095})
    assert clock.underruns == 2
    assert worst(truth, told, since=450) < 0.001


def test_the_next_frame_leaves_behind_what_is_queued() -> None:
    clock, truth, _ = run({})
    assert clock.next_leaves_at() == pytest.approx(truth[-1] + FRAME, abs=0.001)
