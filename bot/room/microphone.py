"""The linked person's microphone, as one stream over all their tracks."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc

from bot.room.preconnect.recording import PreconnectRecording
from bot.room.preconnect.splice import HeldBack
from bot.room.silence import SilenceCheck
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm
from pipeline.clock import loop_time
from pipeline.ports import AudioGap, AudioWindow

log = logging.getLogger(__name__)

NativelyGone = AssertionError
"""Raised by the client library for an object that is natively gone, before the event that reports it."""

BACKLOG_WINDOWS = 2_000
"""Windows kept for a slow listener, 64 s; beyond it the oldest are dropped, and logged."""

LEVEL_WINDOWS = 31
"""Windows of which the level is measured: one second."""

SILENT_AFTER = 0.8
"""Seconds without any frame after which audio counts as absent: a lost track does not announce itself."""


class RoomMicrophone:
    """Implements `pipeline.ports.AudioIn`. The room plugs tracks in and out; the listener sees windows and breaks."""

    def __init__(self) -> None:
        self._items: deque[AudioWindow | AudioGap] = deque()
        self._arrived = asyncio.Event()
        self._absent = True
        self._muted = False
        self._last_frame_at = 0.0
        self._held_back: HeldBack | None = None
        self._latest: deque[Pcm] = deque(maxlen=LEVEL_WINDOWS)
        self.silence = SilenceCheck(LISTEN_RATE)
        """Of the track that is heard."""
        self.track_sid: str | None = None
        """SID of the track that is heard, or was last."""
        self.frames = 0
        """Frames that came of all tracks so far, those of muted ones, too."""
        self.dropped_windows = 0
        """Windows lost because nobody listened for BACKLOG_WINDOWS."""

    async def listen(self) -> AsyncIterator[AudioWindow | AudioGap]:
        """See `AudioIn.listen`; one listener at a time."""
        while True:
            while self._items:
                yield self._items.popleft()
            self._arrived.clear()
            await self._arrived.wait()

    @property
    def level_db(self) -> float | None:
        """RMS of the last second in dBFS, -inf for digital silence; None without audio."""
        if self._absent or not self._latest:
            return None
        power = float(np.mean(np.square(np.concatenate(self._latest).astype(np.float32) / 32768)))
        return 10 * math.log10(power) if power else -math.inf

    def mute(self, muted: bool) -> None:
        """Muted tracks keep delivering frames (comfort noise), so what arrives while muted is not listened to."""
        self._muted = muted
        if muted:
            self._break()
            self.silence.restart()

    async def play_in(self, track: rtc.RemoteAudioTrack, recording: PreconnectRecording | None = None) -> None:
        """Take in a track's frames until it ends; ending is the room's, by unplugging the track.

        A `recording` of what was said before goes ahead of them.
        """
        try:
            stream = rtc.AudioStream.from_track(
                track=track, sample_rate=LISTEN_RATE, num_channels=1, frame_size_ms=1000 * LISTEN_WINDOW // LISTEN_RATE
            )
        except NativelyGone:
            return
        self.track_sid = track.sid
        self._held_back = HeldBack(recording) if recording is not None else None
        try:
            async for event in stream:
                self.frames += 1
                self._take(event.frame)
        finally:
            self._break()
            self.silence.restart()
            await stream.aclose()  # dropping it unclosed would leak its subscription to every event of the process

    async def watch(self) -> None:
        """Tell the listener when frames stop coming without anybody saying so."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SILENT_AFTER / 4)
            if not self._absent and loop.time() - self._last_frame_at > SILENT_AFTER:
                self._break(is_fault=True)

    def _take(self, frame: rtc.AudioFrame) -> None:
        if self._muted:
            return
        if frame.samples_per_channel != LISTEN_WINDOW:
            raise ValueError(f"asked the room for {LISTEN_WINDOW} samples a frame and got {frame.samples_per_channel}")
        self._last_frame_at = loop_time()
        self._absent = False
        samples = np.frombuffer(frame.data, dtype=np.int16).copy()
        self._latest.append(samples)
        self.silence.take(samples)
        window = AudioWindow(samples, self._last_frame_at)
        for ready in self._held_back.take(window) if self._held_back is not None else (window,):
            self._put(ready)

    def _break(self, *, is_fault: bool = False) -> None:
        if not self._absent:
            if self._held_back is not None:
                for window in self._held_back.release():
                    self._put(window)
            self._absent = True
            self._latest.clear()
            self._put(AudioGap(loop_time(), is_fault))

    def _put(self, item: AudioWindow | AudioGap) -> None:
        if len(self._items) >= BACKLOG_WINDOWS:
            self._drop_oldest()
        self._items.append(item)
        self._arrived.set()

    def _drop_oldest(self) -> None:
        """Make room for one more; what is left begins with a break, as it does not follow what was heard before."""
        while len(self._items) > BACKLOG_WINDOWS - 2:
            self.dropped_windows += isinstance(self._items.popleft(), AudioWindow)
        self._items.appendleft(AudioGap(loop_time()))
        if self.dropped_windows % BACKLOG_WINDOWS == 2:
            log.warning("nobody takes the microphone's audio; %d windows dropped", self.dropped_windows)
