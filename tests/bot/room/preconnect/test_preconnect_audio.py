"""Recordings on their way: who may send one, for which track, and what becomes of those that fail."""

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livekit.rtc.data_stream import StreamError

from bot.room.preconnect.preconnect_audio import (
    ANNOUNCED,
    MOST_BYTES,
    MOST_OF_ONE,
    MOST_STREAMS,
    MOST_TRACKS,
    READ_TIMEOUT,
    PreconnectAudio,
)
from pipeline.testing.virtual_loop import settle
from tests.bot.room.byte_stream import Reader
from tests.support.waiting import until

SAMPLES = np.arange(1_600, dtype="<i2")


def recorded(*chunks: bytes | None, track: str = "TR_a", error: StreamError | None = None) -> Reader:
    """A stream that says for which track it is."""
    attributes = {"trackId": track, "sampleRate": "16000", "channels": "1"} if track else None
    return Reader(
        *chunks, error=error, info=SimpleNamespace(attributes=attributes, mime_type="application/octet-stream")
    )


def track(sid: str = "TR_a", *, announces: bool = False) -> Any:
    return SimpleNamespace(sid=sid, audio_features=[ANNOUNCED] if announces else [])


async def read(preconnect: PreconnectAudio, *opened: tuple[Reader, str]) -> None:
    """Let these streams be read to their ends."""
    for reader, identity in opened:
        preconnect.on_stream(reader, identity)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(preconnect.listen())
        await until(lambda: all(reader.closed for reader, _ in opened))
        await settle()
        listening.cancel()


async def test_a_recording_is_taken_once_by_its_track() -> None:
    preconnect, reader = PreconnectAudio(), recorded(SAMPLES[:800].tobytes(), SAMPLES[800:].tobytes())
    await read(preconnect, (reader, "ann"))
    assert preconnect.take(track("TR_b"), "ann") is None
    assert preconnect.take(track(), "bob") is None
    recording = preconnect.take(track(), "ann")
    assert recording is not None
    assert recording.audio is not None
    assert np.array_equal(recording.audio, SAMPLES)
    assert preconnect.take(track(), "ann") is None, "a reconnect does not bring it back"
    again = recorded(SAMPLES.tobytes())
    preconnect.on_stream(again, "ann")  # type: ignore[arg-type]
    assert again.closed


async def test_one_that_is_announced_is_expected() -> None:
    preconnect = PreconnectAudio()
    expected = preconnect.take(track(announces=True), "ann")
    assert expected is not None
    assert not expected.is_opened
    await read(preconnect, (recorded(SAMPLES.tobytes()), "ann"))
    assert expected.audio is not None


async def test_nobody_can_take_the_place_of_another_ones_recording() -> None:
    preconnect = PreconnectAudio()
    await read(preconnect, (recorded(b"\x01\x00" * 10), "mallory"), (recorded(SAMPLES.tobytes()), "ann"))
    recording = preconnect.take(track(), "ann")
    assert recording is not None
    assert recording.audio is not None
    assert len(recording.audio) == len(SAMPLES)


@pytest.mark.parametrize(
    "reader",
    [
        recorded(b"\x00", error=StreamError("aborted")),
        recorded(*[bytes(MOST_BYTES // 4)] * 5),
        recorded(b"\x1a\x45\xdf\xa3 and nothing else"),
    ],
    ids=["aborted", "too long", "damaged"],
)
async def test_one_that_fails_is_told_and_not_waited_for(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    preconnect = PreconnectAudio()
    await read(preconnect, (reader, "ann"))
    recording = preconnect.take(track(), "ann")
    assert recording is not None
    assert recording.is_lost
    assert caplog.text.count("is lost") == 1


async def test_one_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.room.preconnect.preconnect_audio.READ_TIMEOUT", 0.01)
    preconnect, reader = PreconnectAudio(), recorded(b"\x00", None)
    await read(preconnect, (reader, "ann"))
    recording = preconnect.take(track(), "ann")
    assert recording is not None
    assert recording.is_lost
    assert READ_TIMEOUT > 10, "an app waits for the bot for so long"


async def test_of_one_whose_end_is_late_what_there_is_is_taken_when_it_is_wanted() -> None:
    """A busy browser learns seconds later that it is subscribed to, and goes on recording until then."""
    preconnect, reader = PreconnectAudio(), recorded(SAMPLES[:800].tobytes(), None)
    preconnect.on_stream(reader, "ann")  # type: ignore[arg-type]
    recording = preconnect.take(track(), "ann")
    assert recording is not None
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(preconnect.listen())
        await until(lambda: recording.on_hurry)
        recording.hurry()
        recording.hurry()
        audio = await until(lambda: None if recording.audio is None else [recording.audio])
        listening.cancel()
    assert np.array_equal(audio[0], SAMPLES[:800])
    assert reader.closed


async def test_too_many_are_refused_and_forgotten() -> None:
    preconnect = PreconnectAudio()
    readers = [recorded(b"\x00\x00", track=f"TR_{number}") for number in range(20)]
    for reader in readers:
        preconnect.on_stream(reader, "ann")  # type: ignore[arg-type]
    refused = [reader for reader in readers if reader.closed]
    assert 0 < len(refused) < len(readers)
    for number in range(2 * MOST_TRACKS):
        preconnect.take(track(f"TR_x{number}", announces=True), "ann")
    assert len(preconnect._by_track) == MOST_TRACKS


async def test_who_opens_many_streams_keeps_back_nobody_else() -> None:
    preconnect = PreconnectAudio()
    many = [recorded(None, track=f"TR_{number}") for number in range(MOST_STREAMS)]
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(preconnect.listen())
        for reader in many:
            preconnect.on_stream(reader, "mallory")  # type: ignore[arg-type]
        assert sum(not reader.closed for reader in many) == MOST_OF_ONE
        preconnect.on_stream(recorded(SAMPLES.tobytes()), "ann")  # type: ignore[arg-type]
        recording = preconnect.take(track(), "ann")
        assert recording is not None
        await until(lambda: recording.audio is not None)
        listening.cancel()
    assert all(reader.closed for reader in many)
