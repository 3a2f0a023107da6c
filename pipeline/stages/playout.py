"""The mouth's last stage: one writer task feeds the room, replies only fill its buffer.

The writer lives as long as the session and is never cancelled in mid-write, because the room's native insert would go
on without it and refuse the next frame.
"""

import asyncio
from collections import deque
from contextlib import suppress

import numpy as np

from pipeline.audio import FRAME_DURATION, Pcm, frame_samples, silence
from pipeline.ports import AudioOut

LISTENER_DELAY = 2.0
"""Seconds a reply waits for somebody to have subscribed to the voice, so that no first word is lost on it: at the
beginning, and after a rejoin."""


class ReplyAudio:
    """The audio of one reply on its way to the room; filled by synthesis, emptied by the writer."""

    def __init__(self) -> None:
        self._parts: deque[Pcm] = deque()
        self._buffered = 0
        self._complete = False
        self._changed = asyncio.Event()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the last sample has been played."""

    def feed(self, samples: Pcm) -> None:
        """Append audio, shape (samples,) at the room's rate."""
        self._parts.append(samples)
        self._buffered += len(samples)
        self._changed.set()

    def finish(self) -> None:
        """No more audio will come."""
        self._complete = True
        self._changed.set()

    async def take(self, wanted: int) -> Pcm | None:
        """The next `wanted` samples, the last ones padded with silence; None at the end.

        Padded, because a partial frame would wait in the native buffer and come out at the start of the next reply.
        """
        while self._buffered < wanted and not self._complete:
            self._changed.clear()
            await self._changed.wait()
        if not self._buffered:
            return None
        taken: list[Pcm] = []
        missing = wanted
        while missing and self._parts:
            head = self._parts.popleft()
            taken.append(head[:missing])
            if len(head) > missing:
                self._parts.appendleft(head[missing:])
            missing -= len(taken[-1])
        self._buffered -= wanted - missing
        return np.concatenate([*taken, silence(missing)])


class Playout:
    """Plays replies one after the other into an AudioOut."""

    def __init__(self, out: AudioOut) -> None:
        self._out = out
        self._frame = frame_samples(out.rate)
        self._replies: asyncio.Queue[ReplyAudio] = asyncio.Queue()  # unbounded: each entry is one waiting `say`

    def open(self) -> ReplyAudio:
        """A new reply, played after those opened before it."""
        reply = ReplyAudio()
        self._replies.put_nowait(reply)
        return reply

    async def run(self) -> None:
        """The writer; runs for the life of the session."""
        while True:
            reply = await self._replies.get()
            with suppress(TimeoutError):
                async with asyncio.timeout(LISTENER_DELAY):
                    await self._out.wait_for_listener()
            while (frame := await reply.take(self._frame)) is not None:
                await self._out.write(frame)
            await asyncio.sleep(self._out.queue_samples / self._out.rate + FRAME_DURATION)
            if not reply.ended.done():  # cancelled with the task that awaited it
                reply.ended.set_result(None)
