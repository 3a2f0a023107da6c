"""A person's microphone: a track that always carries audio, and plays sounds in real time."""

import asyncio
from collections import deque
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from bot.caller.source_clock import FRAME, SourceClock
from pipeline.audio import Pcm, frame_samples, resample, silence

RATE = 48_000
"""Hz of the source: WebRTC's own rate, so that nothing is resampled on the way."""

SIZE = frame_samples(RATE)

QUEUE_MS = 50
"""Audio written ahead: shorter stalls of Python leave no gap in the voice. It delays each play by as much, which the
times in `Played` take into account. (A queue of 20 ms ran dry three times in a minute.)"""

FADE = 240
"""Samples over which a stopped play fades out: 5 ms, no click."""


@dataclass(frozen=True)
class Played:
    """Loop times at which the first sample left the queue, and at which the last one had left it.

    Samples leave in frames of 10 ms; sample n of one is placed n / rate after it left, as `Recording` does on arrival.
    """

    start_at: float
    end_at: float
    stopped: bool = False
    """Cut short by `stop()`."""
    underruns: int = 0
    """Gaps of silence caused by stalls of this process; a measurement with any says nothing about the bot."""


@dataclass(frozen=True)
class Slice:
    """10 ms of audio for the source."""

    pcm: Pcm
    play: "Play | None" = None
    begins: int | None = None
    """Sample of the frame at which the play begins, if it does."""
    ends: int | None = None
    """Sample of the frame at which the play ends, if it does."""


class Play:
    """One sound that is being played."""

    def __init__(self, pcm: Pcm, at: float | None) -> None:
        loop = asyncio.get_running_loop()
        self.started: asyncio.Future[float] = loop.create_future()
        """Resolves to the loop time at which the first sample left the queue."""
        self.finished: asyncio.Future[Played] = loop.create_future()
        self._pcm = pcm
        self._at = at
        self._next = 0
        self._stopping = False
        self._over = False
        self._underruns = 0

    @property
    def over(self) -> bool:
        """Whether all of it has been written; some may not have left the queue yet."""
        return self._over

    def stop(self) -> None:
        """Fade out with the next frame that is written; the 50 ms in the queue are still heard."""
        self._stopping = True

    def slice(self, leaves_at: float) -> Slice | None:
        """Return the next 10 ms, which will leave at `leaves_at`; None when it is too early to begin.

        With a start time the sound begins at that sample inside its frame, not on the 10 ms grid.
        """
        if self._next == 0 and self._at is not None and leaves_at + FRAME <= self._at and not self._stopping:
            return None
        begins = None
        if self._next == 0:
            late = 0.0 if self._at is None or self._stopping else max(self._at - leaves_at, 0.0)
            begins = min(round(late * RATE), SIZE - 1)
        frame, lead = silence(SIZE), begins or 0
        part = self._pcm[self._next : self._next + SIZE - lead]
        if self._stopping:
            part = np.asarray(part[:FADE] * np.linspace(1 if self._next else 0, 0, len(part[:FADE])), dtype=np.int16)
        frame[lead : lead + len(part)] = part
        self._next += len(part)
        self._over = self._stopping or self._next == len(self._pcm)
        return Slice(frame, self, begins, lead + len(part) if self._over else None)

    def left(self, piece: Slice, left_at: float, underruns: int) -> None:
        """Note that a slice of this play has left; `underruns` is the source's count so far."""
        if piece.begins is not None:
            self._underruns = underruns
            self.started.set_result(left_at + piece.begins / RATE)
        if piece.ends is not None:
            gaps = underruns - self._underruns
            end_at = left_at + piece.ends / RATE
            self.finished.set_result(Played(self.started.result(), end_at, self._stopping, gaps))


class CallerMicrophone:
    """An audio source with one writer, which writes silence while nothing is played.

    The queue is therefore always full, and the time at which each frame leaves it is known. One play at a time:
    a second one is refused until the first has finished.
    """

    def __init__(self) -> None:
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self._clock = SourceClock(queued=round(QUEUE_MS / 1000 / FRAME))
        self._play: Play | None = None
        self._closing = False

    @property
    def underruns(self) -> int:
        """How often the queue has run dry."""
        return self._clock.underruns

    def start(self, pcm: Pcm, rate: int, gain: float = 1.0, at: float | None = None) -> Play:
        """Play mono samples in real time, from loop time `at` on if that lies ahead, else at once."""
        if self._play is not None and not self._play.finished.done():
            raise RuntimeError("one play at a time: stop() the present one and await its `finished` first")
        if not len(pcm):
            raise ValueError("nothing to play: the array is empty")
        scaled = np.clip(np.rint(resample(pcm, rate, RATE) * float(gain)), -32768, 32767)
        self._play = Play(scaled.astype(np.int16), at)
        return self._play

    def stop(self) -> None:
        """Stop the present play, if there is one."""
        if self._play is not None:
            self._play.stop()

    async def write(self) -> None:
        """Feed the source until `close()`. Run this in one task and never cancel it: the native insert would go on."""
        loop = asyncio.get_running_loop()
        queued: deque[Slice] = deque()
        while not self._closing or (self._play is not None and not self._play.finished.done()):
            piece = self._next_slice(loop.time())
            called_at = loop.time()
            await self.source.capture_frame(rtc.AudioFrame(piece.pcm.tobytes(), RATE, 1, SIZE))
            left_at = self._clock.captured(called_at, loop.time())
            queued.append(piece)
            if len(queued) > self._clock.queued:
                piece = queued.popleft()
                if piece.play is not None:
                    piece.play.left(piece, left_at, self.underruns)
        await self.source.aclose()

    def close(self) -> None:
        """Let the writer end after the present play has faded out."""
        self._closing = True
        self.stop()

    def _next_slice(self, now: float) -> Slice:
        play = self._play
        leaves_at = self._clock.next_leaves_at()
        if play is not None and leaves_at is not None and not play.over:
            return play.slice(max(leaves_at, now)) or Slice(silence(SIZE))
        return Slice(silence(SIZE))
