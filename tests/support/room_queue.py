"""A room's AudioOut on virtual time: the native queue's behaviour, and every sample that left it."""

import asyncio
from collections import deque

import numpy as np

from pipeline.audio import Pcm, frame_samples, silence


class RoomQueue:
    """Plays one 10 ms frame a tick; `write` returns when at most `queue_frames` are left, as LiveKit's source does."""

    def __init__(self, rate: int = 16_000, queue_frames: int = 4, phase: float = 0.0, late: float = 0.0) -> None:
        self.rate = rate
        self.frame = frame_samples(rate)
        self.queue_samples = queue_frames * self.frame
        self.listener = asyncio.Event()
        self.listener.set()
        self.played: list[Pcm] = []
        """Every tick's frame, silence included."""
        self._queue: deque[Pcm] = deque()
        self._drained = asyncio.Event()
        self._phase = phase
        self._late = late
        self._writing = False

    async def run(self) -> None:
        """The room's clock."""
        await asyncio.sleep(self._phase)
        loop = asyncio.get_running_loop()
        tick_at = loop.time()
        while True:
            self.played.append(self._queue.popleft() if self._queue else silence(self.frame))
            self._drained.set()
            tick_at += 0.010
            await asyncio.sleep(tick_at - loop.time())

    async def write(self, samples: Pcm) -> None:
        assert not self._writing, "one writer only"
        assert len(samples)
        assert not len(samples) % self.frame
        self._writing = True
        self._queue.extend(samples.reshape(-1, self.frame))
        while len(self._queue) * self.frame > self.queue_samples:
            self._drained.clear()
            await self._drained.wait()
            if self._late:
                await asyncio.sleep(self._late)
        self._writing = False

    def clear(self) -> None:
        self._queue.clear()
        self._drained.set()

    async def wait_for_listener(self) -> None:
        await self.listener.wait()

    @property
    def pcm(self) -> Pcm:
        return np.concatenate(self.played) if self.played else silence(0)
