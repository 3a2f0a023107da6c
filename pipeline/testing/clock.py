"""The time of a scene: seconds since it began, whatever its event loop calls that."""

import asyncio
from math import isfinite

from pipeline.testing.errors import NOT_BEGUN, SceneError
from pipeline.testing.virtual_loop import alarm

RECENT = 0.02
"""Seconds for which a moment still counts as now: what was heard is known with the next 10 ms of the room."""


class Clock:
    """Runs from `begin` to `end`, and stands still then."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began_at = 0.0
        self._ended_at: float | None = None

    def begin(self) -> None:
        """It is second 0 now."""
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()

    def end(self) -> None:
        """Time stands still."""
        self._ended_at = self.now

    @property
    def is_running(self) -> bool:
        """The scene has begun and not ended."""
        return self._loop is not None and self._ended_at is None

    @property
    def now(self) -> float:
        """Seconds since the beginning. Raises SceneError before."""
        if self._ended_at is not None:
            return self._ended_at
        return self.loop.time() - self._began_at

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """In which the scene is played. Raises SceneError before the beginning."""
        if self._loop is None:
            raise SceneError(NOT_BEGUN)
        return self._loop

    def loop_time(self, at: float) -> float:
        """The event loop's time at a second of the scene."""
        return at + self._began_at

    def scene_time(self, loop_time: float) -> float:
        """The inverse of `loop_time`."""
        return loop_time - self._began_at

    async def until(self, at: float) -> None:
        """Let the time pass, exactly."""
        when, loop = self.loop_time(at), self.loop
        if when <= loop.time():
            await asyncio.sleep(0)
            return
        if (waiting := alarm(loop, when)) is not None:
            await waiting

    def moment(self, at: float | None, what: str) -> float:
        """A time at which something is to happen; now for None. Raises SceneError for one that cannot be."""
        if at is None:
            if not self.is_running:
                raise SceneError(f"{what}: say when, at=SECONDS; it has no `now` while the scene is not being played")
            return self.now
        seconds(at, what)
        if self._ended_at is not None:
            raise SceneError(f"{what} at {at:g} s: the scene is over")
        if self.is_running and at < self.now - RECENT:
            raise SceneError(f"{what} at {at:g} s: that is past, it is {self.now:.3f} s by now; give a later time")
        return at


def seconds(value: float, what: str) -> float:
    """A time or a duration as it was given. Raises SceneError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise SceneError(f"{what}: {value!r} is no time; give seconds, 0 or more, counted from the scene's beginning")
    return value
