"""A playout into a room on virtual time, and what it told: for tests of what is played and when."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from pipeline.audio import Pcm
from pipeline.events import PlayoutEvent, PlayoutFinished, PlayoutUnderrun
from pipeline.speech import WordTime
from pipeline.stages.playout import Playout
from pipeline.testing.room_queue import RoomQueue

RATE = 16_000
FRAME = 160


class Stage:
    """A playout with its room, and what it told."""

    def __init__(self, room: RoomQueue) -> None:
        self.room = room
        self.events: list[PlayoutEvent | PlayoutUnderrun] = []
        self.playout = Playout(room, self.events.append)

    def say(self, reply_id: str, *parts: Pcm, words: Iterable[WordTime] = ()) -> None:
        """A reply whose audio is all there, on air."""
        reply = self.playout.open(reply_id)
        for part in parts:
            reply.feed(part)
        reply.words += words
        reply.finish()
        self.playout.release(reply_id)

    async def finished(self, reply_id: str) -> None:
        for _ in range(20_000):
            if any(isinstance(event, PlayoutFinished) and event.reply_id == reply_id for event in self.events):
                return
            await asyncio.sleep(0.005)
        pytest.fail(f"{reply_id} did not finish; events: {self.events}")

    @property
    def underruns(self) -> list[PlayoutUnderrun]:
        """The gaps for want of audio."""
        return [event for event in self.events if isinstance(event, PlayoutUnderrun)]

    @property
    def heard(self) -> list[int]:
        """Every sample that was played and is not silence."""
        return [int(sample) for sample in self.room.pcm if sample]


@asynccontextmanager
async def stage(room: RoomQueue | None = None) -> AsyncIterator[Stage]:
    made = Stage(room or RoomQueue(RATE))
    made.room.begin()
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(made.playout.run())
        yield made
        playing.cancel()


def ramp(samples: int, first: int = 1) -> Pcm:
    """Samples that tell their place."""
    return np.arange(first, first + samples, dtype=np.int16)


def now() -> float:
    return asyncio.get_running_loop().time()
