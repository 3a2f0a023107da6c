"""A room's AudioOut in memory: the native queue's behavior, and every sample that left it."""

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from math import ceil, floor

import numpy as np

from pipeline.audio import FRAME_DURATION, Pcm, frame_samples, silence
from pipeline.testing.virtual_loop import alarm, done


class RoomQueue:
    """Plays 10 ms of audio a tick; `write` returns when at most `queue_frames` are left, as LiveKit's source does.

    No task plays it: what has been played by now is worked out on request. The first tick is that of `begin`,
    which the first write calls if nobody did, `phase` seconds later. `late`: seconds by which a write that had to wait
    returns behind its tick.
    """

    def __init__(self, rate: int = 16_000, queue_frames: int = 4, phase: float = 0.0, late: float = 0.0) -> None:
        self.rate = rate
        self.frame = frame_samples(rate)
        self.queue_samples = queue_frames * self.frame
        self.listener = asyncio.Event()
        self.listener.set()
        self._phase, self._late = phase, late
        self._loop: asyncio.AbstractEventLoop | None = None
        self._first_at = 0.0  # loop time of the first tick
        self._ticks = 0  # until the last look
        self._queue: deque[Pcm] = deque()
        self._queued = 0  # samples
        # Played without a break: where in all that was played, silence included; its pieces, joined when looked at.
        self._stretches: list[tuple[int, list[Pcm]]] = []
        self._played_until = -1  # where the last of them ends
        self._writing = False
        self._waiting: set[asyncio.Future[None]] = set()

    def begin(self) -> None:
        """The room's clock starts."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._first_at = self._loop.time() + self._phase

    def end(self) -> None:
        """Nothing more is played."""
        self.clear()
        self._loop = None

    # --- AudioOut ---

    async def write(self, samples: Pcm) -> None:
        assert not self._writing, "one writer only"
        assert len(samples)
        assert not len(samples) % self.frame
        self.begin()
        self._settle()
        self._writing = True
        self._queue.append(samples)
        self._queued += len(samples)
        self._wake()
        while (excess := self._queued - self.queue_samples) > 0:
            await self._wait(self._tick_at(self._ticks + ceil(excess / self.frame) - 1))
            if self._late:
                await asyncio.sleep(self._late)
            self._settle()
        self._writing = False

    def clear(self) -> None:
        self._settle()
        self._queue.clear()
        self._queued = 0
        self._wake()

    async def wait_for_listener(self) -> None:
        await self.listener.wait()

    async def aclose(self) -> None: ...

    # --- what the room hears ---

    async def goes_on(self) -> None:
        """Return with the next tick while audio is queued, else when some is written."""
        self.begin()
        self._settle()
        await self._wait(self._tick_at(self._ticks) if self._queued else None)

    @property
    def length(self) -> int:
        """Samples that were played until now, silence included."""
        self._settle()
        return self._ticks * self.frame

    def stretches(self, since: int = 0) -> Iterator[tuple[int, Pcm]]:
        """Return what was played from the sample `since` until now: the first sample's place, and the samples.

        Between two stretches, which are in order, there was silence.
        """
        self._settle()
        for place, pieces in self._stretches[max(bisect_right(self._stretches, since, key=_place) - 1, 0) :]:
            if len(pieces) > 1:
                pieces[:] = [np.concatenate(pieces)]
            if place + len(pieces[0]) > since:
                yield max(place, since), pieces[0][max(since - place, 0) :]

    def between(self, first: int, end: int) -> Pcm:
        """These samples of all that was played, silence where none was."""
        whole = silence(max(end - first, 0))
        for place, samples in self.stretches(first):
            if place >= end:
                break
            part = samples[: end - place]
            whole[place - first : place - first + len(part)] = part
        return whole

    @property
    def pcm(self) -> Pcm:
        """All that was played, silence included."""
        return self.between(0, self.length)

    @property
    def frames(self) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
        """Play tick by tick."""
        return self.pcm.reshape(-1, self.frame)

    # --- time ---

    def _tick_at(self, tick: int) -> float:
        return self._first_at + tick * FRAME_DURATION

    def _settle(self) -> None:
        """Play what the ticks since the last look have played."""
        if self._loop is None:
            return
        passed = (self._loop.time() - self._first_at) / FRAME_DURATION
        ticks = floor(passed + 1e-6) + 1
        if ticks <= self._ticks:
            return
        place, due = self._ticks * self.frame, (ticks - self._ticks) * self.frame
        self._ticks = ticks
        while due and self._queue:
            samples = self._queue.popleft()
            if len(samples) > due:
                self._queue.appendleft(samples[due:])
                samples = samples[:due]
            self._add(place, samples)
            self._queued -= len(samples)
            place, due = place + len(samples), due - len(samples)

    def _add(self, place: int, samples: Pcm) -> None:
        if place != self._played_until:
            self._stretches.append((place, []))
        self._stretches[-1][1].append(samples)
        self._played_until = place + len(samples)

    async def _wait(self, until: float | None) -> None:
        """Wait for the next write or clear, or until a loop time."""
        assert self._loop is not None
        waiting = alarm(self._loop, until) if until is not None else self._loop.create_future()
        if waiting is None:
            return
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)

    def _wake(self) -> None:
        for waiting in self._waiting:
            done(waiting)


def _place(stretch: tuple[int, list[Pcm]]) -> int:
    return stretch[0]
