"""Plays replies into the room: one writer, replies only fill their buffers, control is synchronous.

The writer lives as long as the session and is never cancelled in mid-write, because the room's native insert would go
on without it and refuse the next frame. Everything else here is a plain method that has taken effect when it returns.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.events import PlayoutEvent, PlayoutFinished, PlayoutStarted, PlayoutUnderrun
from pipeline.ports import NO_TAP, AudioOut, AudioTap
from pipeline.stages.reply_audio import ReplyAudio
from pipeline.stages.room_writer import RoomWriter
from pipeline.stages.stall_watch import LOOK_DELAY, StallWatch

DUCK_GAIN = 0.3
"""Of a ducked reply, about -10 dB: heard as half as loud, so that it makes room for a person who may be about to speak,
and is still understood when they were not."""

FRAMES_AT_ONCE = 2
"""Frames of speech at full gain that go out by one write: each write takes 150 us, as long as encoding the frame. What
is ducked goes out frame by frame, as a hold may be next, and waits for the write before it."""


EmitPlayout = Callable[[PlayoutEvent | PlayoutUnderrun], None]


class Playout:
    """At most one reply is on air; others fill up unheard until they are released."""

    def __init__(self, out: AudioOut, emit: EmitPlayout, tap: AudioTap = NO_TAP) -> None:
        self._room = RoomWriter(out, tap)
        self._frame = self._room.frame
        self._emit = emit
        self._replies: dict[str, ReplyAudio] = {}
        self._on_air: str | None = None
        self._target = 1.0  # the gain asked for: 1, ducked, or 0 for a hold
        self._gain = 1.0  # of the last sample written
        self._tail: Pcm | None = None  # fades out what a cut broke off
        self._wake = asyncio.Event()
        self._dry_at: float | None = None  # since when nothing of the reply on air is there to be played
        self._watch = StallWatch(lambda: self._on_air, self._has_audio, emit)

    # Control: synchronous, takes effect at once.

    def open(self, reply_id: str) -> ReplyAudio:
        """Open a new reply, unheard until `release`."""
        reply = self._replies[reply_id] = ReplyAudio(self._room.rate, self._wake)
        return reply

    def release(self, reply_id: str) -> None:
        """Put a reply on air; what was on air before must have ended or been cut."""
        if self._on_air is not None:
            raise RuntimeError(f"reply {self._on_air} is on air: cut it before releasing {reply_id}")
        self._on_air = reply_id
        self._target, self._gain, self._dry_at = 1.0, 1.0, None
        self._room.begin()
        self._watch.begin()
        self._wake.set()

    def duck(self) -> None:
        """Go on more quietly; a held reply stays silent."""
        if self._target > 0:
            self._target = DUCK_GAIN

    def hold(self) -> None:
        """Fade out and stay silent, reversibly; what is queued already is still played."""
        if self._on_air is not None and not self._can_fade_out(self._replies[self._on_air]):
            self._gain = 0.0  # decided now: audio that comes a moment later must not become a fade-out
        self._target, self._dry_at = 0.0, None
        self._watch.rest()
        self._wake.set()

    def resume(self) -> None:
        """Go on at full gain: after a hold from the word at which it fell silent, after a duck with the next frame."""
        if self._on_air is not None and self._target == 0.0:
            self._watch.begin(LOOK_DELAY)
            if self._gain == 0.0:
                self._replies[self._on_air].go_back(self._replies[self._on_air].playhead)
        self._target = 1.0
        self._wake.set()

    def end(self, reply_id: str) -> int:
        """Break a reply off and forget it, on air or not; returns how many of its samples have been played."""
        if reply_id != self._on_air:
            self._replies.pop(reply_id, None)
            return 0
        was_audible = self._room.queued > 0
        played = self._room.clear()
        reply = self._replies.pop(reply_id)
        if was_audible and self._gain > 0:
            reply.playhead = played
            self._tail = self._shaped(reply.peek(self._frame), to=0.0)
        self._on_air = None
        self._watch.rest()
        self._wake.set()
        return played

    def played(self, reply_id: str) -> int:
        """Return how many of a reply's samples have been played."""
        return self._room.played if reply_id == self._on_air else 0

    def ahead(self, reply_id: str) -> float:
        """Return the seconds of a reply's audio that have come and are not yet played."""
        reply = self._replies.get(reply_id)
        return (reply.end - self.played(reply_id)) / self._room.rate if reply else 0.0

    # The writer.

    async def run(self) -> None:
        """Write for the life of the session. Raises RoomError, in a group, when the room takes no audio any more."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch.until_dead(), name="stall watch")
            while True:
                self._wake.clear()
                if self._tail is not None:
                    tail, self._tail = self._tail, None
                    await self._write(tail, None)
                elif self._on_air is None:
                    await self._wake.wait()
                else:
                    await self._serve(self._on_air, self._replies[self._on_air])

    async def _serve(self, reply_id: str, reply: ReplyAudio) -> None:
        """Make one step of the reply on air: write a frame, or wait for what comes next."""
        held = self._target == 0.0
        if reply.has(self._frame) and not (held and self._gain == 0.0):
            started = reply.reached > 0
            if not started:
                await self._room.wait_for_listener()
                if self._on_air != reply_id or self._target == 0.0 or not reply.has(self._frame):
                    return
            position, length = reply.playhead, self._length(reply)
            samples = self._shaped(reply.peek(length), to=self._target)
            reply.advance(length)
            dry_at, self._dry_at = self._dry_at, None
            await self._write(samples, position)
            if not started and self._on_air == reply_id:
                self._emit(PlayoutStarted(loop_time(), reply_id))
            elif dry_at is not None and self._on_air == reply_id:
                self._emit(PlayoutUnderrun(loop_time(), reply_id, loop_time() - dry_at))
        elif held:
            await self._wake.wait()
        elif reply.is_written and not self._room.queued:
            del self._replies[reply_id]
            self._on_air = None
            self._watch.rest()
            self._emit(PlayoutFinished(loop_time(), reply_id))
        else:
            await self._drained_or_woken(reply)

    async def _drained_or_woken(self, reply: ReplyAudio) -> None:
        queued = self._room.queued
        if not queued:
            if self._dry_at is None and reply.playhead > 0:
                self._dry_at = loop_time()
            await self._wake.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(queued / self._room.rate):
                await self._wake.wait()

    def _length(self, reply: ReplyAudio) -> int:
        """Return how many samples of the reply go out next."""
        several = self._frame * FRAMES_AT_ONCE
        return several if self._gain == self._target == 1.0 and reply.ready >= several else self._frame

    async def _write(self, samples: Pcm, position: int | None) -> None:
        await self._room.write(samples, position)
        self._watch.wrote()

    def _has_audio(self) -> bool:
        """Whether there is something to be played, or being written."""
        return self._room.is_writing or (self._on_air is not None and self._replies[self._on_air].has(self._frame))

    def _can_fade_out(self, reply: ReplyAudio) -> bool:
        """Whether the reply on air is audible and goes on, so that a hold has a frame to fade out with."""
        return self._gain > 0 and reply.reached > 0 and reply.has(self._frame)

    def _shaped(self, samples: Pcm, to: float) -> Pcm:
        """Return the audio with the gain moving from its present value to `to`, so that nothing clicks."""
        if self._gain == to == 1.0:
            return samples
        gains = np.linspace(self._gain, to, len(samples), dtype=np.float32)
        self._gain = to
        return np.asarray(samples * gains, dtype=np.int16)
