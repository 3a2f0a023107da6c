"""The bot's voice in the room: one audio source for the life of the bot, published anew into each connection."""

import asyncio
import logging

from livekit import rtc

from bot.room.arrival import ARRIVAL_DELAY
from pipeline.audio import Pcm, frame_samples
from pipeline.clock import loop_time
from pipeline.repeated_warning import RepeatedWarning

log = logging.getLogger(__name__)

QUEUE_MS = 40
"""Milliseconds of audio the native queue takes before `write` waits. Short, since a cut loses and a hold waits for
what is in it; with the frames of one more write they still carry over a late timer."""

TRACK_NAME = "voice"

CAPTURE_RETRIES = 10
"""Attempts at a frame that the source refuses because an earlier one is still pending natively, 10 ms apart."""


class RoomVoice:
    """Implements `pipeline.ports.AudioOut`."""

    def __init__(self, rate: int) -> None:
        frame_samples(rate)  # refuses a rate that does not divide into frames
        self.rate = rate
        self.queue_samples = rate * QUEUE_MS // 1000
        self._source = rtc.AudioSource(rate, 1, queue_size_ms=QUEUE_MS)
        self._publication: rtc.LocalTrackPublication | None = None
        self._subscribed = asyncio.Event()
        self._arrived_at = 0.0  # loop time
        self._warn_lost = RepeatedWarning(
            log, "the room's audio source refused audio %d times; %d ms of speech are lost"
        )

    async def publish(self, room: rtc.Room) -> None:
        """Publish into a connected room, as the microphone that frontends look for."""
        self._subscribed.clear()
        track = rtc.LocalAudioTrack.create_audio_track(TRACK_NAME, self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        self._publication = await room.local_participant.publish_track(track, options)

    async def unpublish(self, room: rtc.Room) -> None:
        """Unpublish it from a room that goes on without the bot."""
        publication, self._publication = self._publication, None
        if publication is not None:
            await room.local_participant.unpublish_track(publication.sid)

    def subscribed(self) -> None:
        """Note that a participant has subscribed to the current publication."""
        self._subscribed.set()

    @property
    def track_sid(self) -> str | None:
        """SID of the published track, which changes with every full reconnect."""
        return self._publication.sid if self._publication else None

    async def write(self, samples: Pcm) -> None:
        """See `AudioOut.write`."""
        frame = rtc.AudioFrame(samples.tobytes(), self.rate, 1, len(samples))
        for _ in range(CAPTURE_RETRIES):
            try:
                await self._source.capture_frame(frame)
            except Exception as error:
                if "InvalidState" not in str(error):
                    raise
                await asyncio.sleep(0.010)
            else:
                self._arrived_at = loop_time() + QUEUE_MS / 1000 + ARRIVAL_DELAY
                return
        lost = 1000 * len(samples) // self.rate
        self._warn_lost(CAPTURE_RETRIES, lost)

    def clear(self) -> None:
        """See `AudioOut.clear`."""
        self._source.clear_queue()
        self._arrived_at = 0.0  # what was to be heard has been broken off: nobody waits for its end

    async def wait_arrived(self) -> None:
        """Return when the last that was said has been heard at the other side, at once after a `clear`."""
        await asyncio.sleep(max(0.0, self._arrived_at - loop_time()))

    async def wait_for_listener(self) -> None:
        """See `AudioOut.wait_for_listener`."""
        await self._subscribed.wait()

    async def aclose(self) -> None:
        """Free the native source; a disconnect does not."""
        await self._source.aclose()
