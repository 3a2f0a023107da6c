"""When the client library gives no audio: how it is noticed, and what the bot does about it."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit import rtc

from bot.room import membership
from bot.room.connection_status import ConnectionStatus
from bot.room.deafness import CHECK_INTERVAL, CHECKS_IN_VAIN, NO_AUDIO, until_deaf
from bot.room.membership import Membership
from bot.room.microphone import RoomMicrophone
from bot.room.reconciler import Reconciler
from bot.room.track_reader import TrackReader
from bot.room.voice import RoomVoice
from pipeline.errors import RoomError
from pipeline.testing.virtual_loop import settle, virtual_time

PATIENCE = CHECKS_IN_VAIN * CHECK_INTERVAL


class Hearing:
    """A track, or none, and its frames."""

    def __init__(self) -> None:
        self.frames = 0
        self.track: object | None = object()

    async def hear(self, duration: float) -> None:
        """Frames come for some seconds."""
        for _ in range(round(duration / 0.032)):
            self.frames += 1
            await asyncio.sleep(0.032)


@virtual_time
async def test_a_track_that_never_gives_a_frame_is_noticed() -> None:
    hearing, loop = Hearing(), asyncio.get_running_loop()
    await until_deaf(lambda: hearing.frames, lambda: hearing.track)
    assert loop.time() == pytest.approx(PATIENCE)


@virtual_time
async def test_so_is_one_that_stops_in_mid_call_and_only_then() -> None:
    """Not while nothing is read, and a new track has its time from its own beginning on."""
    hearing, loop = Hearing(), asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        noticing = group.create_task(until_deaf(lambda: hearing.frames, lambda: hearing.track))
        await hearing.hear(10.0)
        hearing.track = None
        await asyncio.sleep(10 * PATIENCE)
        for _ in range(5):
            hearing.track = object()
            await asyncio.sleep(0.8 * PATIENCE)
        assert not noticing.done()
        await hearing.hear(1.0)
        stopped_at = loop.time()
        await noticing
        assert PATIENCE - CHECK_INTERVAL < loop.time() - stopped_at <= PATIENCE + CHECK_INTERVAL


@virtual_time
async def test_a_track_that_has_ended_is_not_read() -> None:
    ends = asyncio.Event()

    async def play_in(_: rtc.RemoteAudioTrack, recording: None) -> None:
        await ends.wait()

    track = rtc.RemoteAudioTrack.__new__(rtc.RemoteAudioTrack)
    reader = TrackReader(SimpleNamespace(play_in=play_in))  # type: ignore[arg-type]
    assert reader.track is None
    async with asyncio.TaskGroup() as group:
        reader.read(track, group)
        assert reader.track is track
        ends.set()
        await settle()
        assert reader.track is None


@virtual_time
async def test_a_deaf_connection_is_given_up() -> None:
    """Not while it is being restored: its tracks are silent then."""
    made, loop = Reconciler.__new__(Reconciler), asyncio.get_running_loop()
    made._microphone, made._status = RoomMicrophone(), ConnectionStatus()
    made._reader = SimpleNamespace(track=object())  # type: ignore[assignment]
    made._emit = lambda event: None
    made._status.lost()
    loop.call_later(60.0, made._status.restored)
    await made.watch_hearing()
    assert await made._status.wait_ended() == NO_AUDIO
    assert loop.time() == pytest.approx(60.0 + PATIENCE, abs=2 * CHECK_INTERVAL)


class Connection(SimpleNamespace):
    """A connection that ends for want of audio."""

    participant = SimpleNamespace(identity="bot")
    name = "room"
    reconnecting = False

    def __init__(self, **_: object) -> None:
        super().__init__()
        happened.append("made")

    async def join(self, url: str, token: str) -> None: ...

    async def enter(self) -> None: ...

    async def leave(self) -> None:
        happened.append("left")

    def set_attributes(self, attributes: dict[str, str]) -> None: ...

    async def run(self) -> str:
        return NO_AUDIO


happened: list[str] = []


@pytest.mark.parametrize("is_guest", [False, True])
@pytest.mark.parametrize("stay", [False, True])
async def test_a_deaf_bot_ends(monkeypatch: pytest.MonkeyPatch, is_guest: bool, stay: bool) -> None:
    """It leaves the room, and says what to do; joining anew would not help."""
    happened.clear()
    monkeypatch.setattr(membership, "RoomConnection", Connection)
    place = Membership(
        url="ws://nowhere",
        make_token=str,
        voice=RoomVoice(24_000),
        emit=lambda event: happened.append(type(event).__name__),
        stay=stay,
        room=rtc.Room() if is_guest else None,
    )
    with pytest.raises(RoomError, match="start the bot anew"):
        await place.run()
    assert happened == ["made", "Joined", "left"]
