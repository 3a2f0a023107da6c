"""A microphone that gives nothing but zeros: when that is a fault, told once, and once more when it is over."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest
from livekit import rtc

from bot.bot_run import BotRun
from bot.room import loopback_check
from bot.room.connection_status import ConnectionStatus
from bot.room.linking import Linker, RemoteParticipant
from bot.room.microphone import RoomMicrophone
from bot.room.reconciler import Reconciler
from bot.room.silence import ZERO_DURATION, SilenceCheck
from bot.room.track_reader import TrackReader
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW
from pipeline.events import MicrophoneSilenceEnded, MicrophoneSilent, RoomEvent
from pipeline.metrics.meter import Meter
from pipeline.testing.virtual_loop import virtual_time

WINDOW = LISTEN_WINDOW / LISTEN_RATE
ZEROS = np.zeros(LISTEN_WINDOW, np.int16)
FAINT = np.array([0] * (LISTEN_WINDOW - 1) + [1], np.int16)


def windows(duration: float) -> int:
    return round(duration / WINDOW)


def test_three_seconds_of_zeros_are_a_fault() -> None:
    check = SilenceCheck(LISTEN_RATE)
    assert not check.is_at_fault, "nothing has come"
    for _ in range(windows(ZERO_DURATION) - 1):
        check.take(ZEROS)
    assert not check.is_at_fault
    check.take(ZEROS)
    assert check.is_at_fault
    check.take(FAINT)
    assert not check.is_at_fault


def test_zeros_after_the_least_of_sounds_are_a_noise_gate() -> None:
    check = SilenceCheck(LISTEN_RATE)
    check.take(FAINT)
    for _ in range(windows(60.0)):
        check.take(ZEROS)
    assert not check.is_at_fault
    check.restart()
    for _ in range(windows(ZERO_DURATION) + 1):
        check.take(ZEROS)
    assert check.is_at_fault, "another track"


class Heard:
    """The hearing of a connection whose person is ann; what it reports."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.events: list[RoomEvent] = []
        made = Reconciler.__new__(Reconciler)
        made._microphone, made._status, made._linker = RoomMicrophone(), ConnectionStatus(), Linker()
        made._reader, made._emit = TrackReader(made._microphone), self.events.append
        made._linker.update([RemoteParticipant("ann", "SIP")], 0.0)
        self.microphone, self.linker = made._microphone, made._linker
        self.watching = group.create_task(made.watch_hearing())

    async def comes(self, samples: np.ndarray[tuple[int], np.dtype[np.int16]], duration: float) -> None:
        for _ in range(windows(duration)):
            self.microphone._take(rtc.AudioFrame(samples.tobytes(), LISTEN_RATE, 1, LISTEN_WINDOW))
            await asyncio.sleep(WINDOW)

    @property
    def story(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


SILENT, ENDED = MicrophoneSilent.__name__, MicrophoneSilenceEnded.__name__


@virtual_time
async def test_it_is_told_once_and_once_that_it_is_over() -> None:
    async with asyncio.TaskGroup() as group:
        heard = Heard(group)
        await heard.comes(ZEROS, 2.5)
        assert heard.story == []
        await heard.comes(ZEROS, 30.0)
        assert heard.story == [SILENT]
        assert heard.events[0].identity == "ann"  # type: ignore[union-attr]
        await heard.comes(FAINT, 1.0)
        assert heard.story == [SILENT, ENDED]
        await heard.comes(ZEROS, 30.0)
        assert heard.story == [SILENT, ENDED], "a pause"
        heard.watching.cancel()


@virtual_time
async def test_who_is_muted_is_not_at_fault() -> None:
    """Neither for what comes meanwhile, nor for zeros from before, and again for what comes afterwards."""
    async with asyncio.TaskGroup() as group:
        heard = Heard(group)
        await heard.comes(ZEROS, 2.5)
        heard.microphone.mute(True)
        await heard.comes(ZEROS, 30.0)
        heard.microphone.mute(False)
        await heard.comes(ZEROS, 2.5)
        assert heard.story == []
        await heard.comes(ZEROS, 1.0)
        assert heard.story == [SILENT]
        heard.microphone.mute(True)
        await heard.comes(ZEROS, 1.0)
        assert heard.story == [SILENT, ENDED]
        heard.watching.cancel()


@virtual_time
async def test_it_is_over_when_the_connection_or_the_link_is() -> None:
    async with asyncio.TaskGroup() as group:
        heard = Heard(group)
        await heard.comes(ZEROS, 4.0)
        heard.linker.update([RemoteParticipant("ann", "SIP", call_status="hangup")], 4.0)
        await heard.comes(ZEROS, 1.0)
        assert heard.story == [SILENT, ENDED]
        heard.linker.update([RemoteParticipant("bob", "SIP")], 5.0)
        await heard.comes(ZEROS, 1.0)
        assert heard.story == [SILENT, ENDED, SILENT]
        heard.watching.cancel()
    assert heard.story == [SILENT, ENDED, SILENT, ENDED]


def test_it_is_a_warning_in_the_log_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    run = BotRun.__new__(BotRun)
    session = SimpleNamespace(dispatch=lambda event: None)
    run._assembled = SimpleNamespace(memory=None, session=session)  # type: ignore[assignment]
    meter = Meter()
    for event in (MicrophoneSilent(1.0, "ann"), MicrophoneSilenceEnded(9.0, "ann"), MicrophoneSilent(20.0, "ann")):
        run._emit(event)
        meter.add(event, ())
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert "ann's microphone is on and gives nothing but zeros: the wrong device there" in caplog.text
    assert "ann's microphone no longer gives nothing but zeros" in caplog.text
    assert meter.metrics.counts.silent_microphones == 2


class Stream:
    """A track's frames: zeros without an end."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> rtc.AudioFrameEvent:
        await asyncio.sleep(0.01)
        return rtc.AudioFrameEvent(rtc.AudioFrame.create(loopback_check.RATE, 1, loopback_check.RATE // 100))

    async def aclose(self) -> None: ...


@virtual_time
async def test_the_doctor_tells_zeros_from_no_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtc, "AudioStream", Stream)
    silence = SilenceCheck(loopback_check.RATE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await loopback_check._until_loud(object(), silence)  # type: ignore[arg-type]
    assert "nothing but zeros came through" in loopback_check._no_audio("ws://x", silence)
    assert "some versions give zeros" in loopback_check._no_audio("ws://x", silence)
    assert "no audio came through" in loopback_check._no_audio("ws://x", SilenceCheck(loopback_check.RATE))
