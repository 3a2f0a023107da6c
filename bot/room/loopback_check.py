"""Checks whether a call could be made: one participant sends a voice into a room, another one must hear it."""

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from bot.room.endings import explain_join_failure
from bot.room.joining import connect, join
from bot.room.silence import SilenceCheck
from bot.room.voice import RoomVoice
from pipeline.audio import Pcm, frame_samples
from pipeline.errors import RoomError

RATE = 24_000
"""Hz of the voice."""

PITCH, LOUDNESS = 600.0, 8_000
"""Of the tone: Hz, and the amplitude of its samples."""

HEARD_LOUDNESS = 1_000
"""Mean magnitude of samples from which the tone counts as heard: silence comes as zeros or a little noise."""

HEARING_TIMEOUT = 4.0
"""Seconds for the tone to be heard: it takes half a second when nothing stands in its way."""

DISCONNECT_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """The durations in seconds."""

    joined_delay: float
    """Seconds until the speaker was in the room and published."""
    heard_delay: float
    """Seconds until another participant, who joined after that, heard it."""


async def try_room(url: str, speaker_token: str, listener_token: str) -> Trial:
    """Join a room as two participants, one of whom hears the other. Raises RoomError."""
    now = asyncio.get_running_loop().time
    voice, speaker, listener = RoomVoice(RATE), rtc.Room(), rtc.Room()
    try:
        began_at = now()
        await join(speaker, url, speaker_token, voice)
        joined_at = now()
        await _hear(listener, url, listener_token, voice)
        return Trial(joined_at - began_at, now() - joined_at)
    finally:
        for room in (listener, speaker):
            with suppress(TimeoutError):
                async with asyncio.timeout(DISCONNECT_TIMEOUT):
                    await room.disconnect()
        await voice.aclose()


async def _hear(listener: rtc.Room, url: str, token: str, voice: RoomVoice) -> None:
    """Join, and return when the voice is heard, which speaks meanwhile."""
    tracks: asyncio.Queue[rtc.Track] = asyncio.Queue()
    silence = SilenceCheck(RATE)
    listener.on("track_published", lambda publication, _: publication.set_subscribed(True))
    listener.on("track_subscribed", lambda track, *_: tracks.put_nowait(track))
    try:
        async with asyncio.timeout(HEARING_TIMEOUT):
            await connect(listener, url, token)
            for participant in listener.remote_participants.values():
                for publication in participant.track_publications.values():
                    publication.set_subscribed(True)
            async with asyncio.TaskGroup() as group:
                speaking = group.create_task(_speak(voice))
                await _until_loud(await tracks.get(), silence)
                speaking.cancel()
    except rtc.ConnectError as error:
        raise RoomError(explain_join_failure(str(error), url)) from None
    except TimeoutError:
        raise RoomError(_no_audio(url, silence)) from None


def _no_audio(url: str, silence: SilenceCheck) -> str:
    """Say what may be wrong. A track without packets gives zeros, too, so these do not prove that any have come."""
    came, more = "no audio", ""
    if silence.has_zeros_alone:
        came, more = "nothing but zeros", "; or livekit has to be updated, of which some versions give zeros"
    return (
        f"joined {url}, but {came} came through within {HEARING_TIMEOUT:.0f} s: firewalls have to let UDP through to "
        f"the server's ports, or the server needs TURN{more}"
    )


async def _speak(voice: RoomVoice) -> None:
    tone = _tone()
    while True:
        await voice.write(tone)


async def _until_loud(track: rtc.Track, silence: SilenceCheck) -> None:
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
    try:
        async for event in stream:
            samples = np.frombuffer(event.frame.data, dtype=np.int16)
            silence.take(samples)
            if np.abs(samples.astype(np.int32)).mean() > HEARD_LOUDNESS:
                return
    finally:
        await stream.aclose()


def _tone() -> Pcm:
    """A tone of ten milliseconds, a whole number of its periods: put end to end it has no clicks."""
    time = np.arange(frame_samples(RATE)) / RATE
    return (LOUDNESS * np.sin(2 * math.pi * PITCH * time)).astype(np.int16)
