"""Writes audio to the room, one write after the other, and knows how much of it has been played."""

import asyncio
from contextlib import suppress

from pipeline.audio import Pcm, frame_samples
from pipeline.clock import loop_time
from pipeline.ports import NO_TAP, AudioOut, AudioTap
from pipeline.stages.ledger import Ledger

LISTENER_DELAY = 2.0
"""Seconds for which a reply's first frame waits for a subscriber, so that no first word is lost."""


class RoomWriter:
    """The room's queue in front of the network, with its ledger. Positions are samples of the reply on air."""

    def __init__(self, out: AudioOut, tap: AudioTap = NO_TAP) -> None:
        """`tap` takes what is played, when it is."""
        self._out = out
        self.frame = frame_samples(out.rate)
        """Samples of one frame."""
        self._ledger = Ledger(self.frame, out.queue_samples, tap)
        self.is_writing = False
        """A write has not returned yet; mostly it waits for some milliseconds, until there is room."""

    @property
    def rate(self) -> int:
        """Hz."""
        return self._out.rate

    def begin(self) -> None:
        """Begin a new reply."""
        self._ledger.begin()

    async def write(self, samples: Pcm, position: int | None) -> None:
        """Write audio of the reply from `position` on, or silence and fades (None)."""
        began_at = loop_time()
        self._ledger.writing(began_at, position, samples)
        self.is_writing = True
        await self._out.write(samples)
        self.is_writing = False
        self._ledger.wrote(began_at, loop_time())

    @property
    def queued(self) -> int:
        """Samples that are written and not yet played."""
        return self._ledger.queued(loop_time())

    @property
    def played(self) -> int:
        """Samples of the reply that have been played."""
        return self._ledger.played_until(loop_time())

    def clear(self) -> int:
        """Drop what is not yet played; returns how many samples of the reply were."""
        now = loop_time()
        self._out.clear()
        self._ledger.clear(now)
        return self._ledger.played_until(now)

    async def wait_for_listener(self) -> None:
        """Return when anybody listens, or will not soon."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENER_DELAY):
                await self._out.wait_for_listener()
