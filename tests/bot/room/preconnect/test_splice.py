"""A recording and the live audio behind it, joined: no word is lost or doubled, and times are those of the speech."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.room.preconnect.decoding import Format, decode
from bot.room.preconnect.recording import STALE_DELAY, PreconnectRecording
from bot.room.preconnect.splice import (
    ABSENT_WINDOWS,
    DECODING_WINDOWS,
    LATE_WINDOWS,
    TEMPLATE_WINDOWS,
    HeldBack,
    overlap,
)
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, WINDOW_DURATION, Pcm
from pipeline.ports import AudioWindow
from tests.bot.room.preconnect.recordings import ogg, voice_like

WHOLE = voice_like(6.0)


def coded(sound: Pcm) -> Pcm:
    """A sound after one more coding."""
    return decode(ogg(sound, LISTEN_RATE), Format("", LISTEN_RATE, 1))[: len(sound)]


RECORDED = coded(WHOLE)


def windows_from(sample: int, count: int, at: float = 100.0) -> list[AudioWindow]:
    """Live windows from this sample of WHOLE on; the first comes at loop time `at`."""
    samples = WHOLE[sample : sample + count * LISTEN_WINDOW].reshape(-1, LISTEN_WINDOW)
    return [AudioWindow(window, at + n * WINDOW_DURATION) for n, window in enumerate(samples)]


def recording(until: int, ended_at: float = 100.0) -> PreconnectRecording:
    it = PreconnectRecording("ann", is_opened=True)
    it.finish(RECORDED[:until], ended_at)
    return it


def joined(windows: list[AudioWindow]) -> Pcm:
    return np.concatenate([window.samples for window in windows])


@given(st.integers(40_000, 80_000), st.floats(0.1, 1.5))
def test_what_came_twice_is_found(until: int, seconds: float) -> None:
    """To a tenth of a millisecond or so, although it was coded twice."""
    doubled = round(seconds * LISTEN_RATE)
    live = WHOLE[until - doubled : until - doubled + TEMPLATE_WINDOWS * LISTEN_WINDOW]
    assert overlap(RECORDED[:until], live) == pytest.approx(doubled, abs=2)


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_two_different_sounds_are_not_taken_for_one(seed: int, other: int) -> None:
    recorded, live = voice_like(2.5, seed), voice_like(0.512, other + 2_000)
    assert overlap(recorded, live) == 0


@pytest.mark.parametrize("live", [np.zeros(8_192, np.int16), np.zeros(0, np.int16)])
def test_silence_is_like_nothing(live: Pcm) -> None:
    assert overlap(RECORDED, live) == 0
    assert overlap(np.zeros(30_000, np.int16), WHOLE[:8_192]) == 0
    assert overlap(np.zeros(0, np.int16), WHOLE[:8_192]) == 0


def test_the_whole_is_heard_once_and_at_its_times() -> None:
    until, begins = 60_000, 60_000 - 5_000
    held = HeldBack(recording(until))
    live = windows_from(begins, 40)
    handed = [window for each in live for window in held.take(each)]
    samples = joined(handed)
    skipped = begins % LISTEN_WINDOW
    assert len(samples) == begins - skipped + 40 * LISTEN_WINDOW
    expected = WHOLE[skipped : skipped + len(samples)].astype(float)
    assert samples.astype(float) @ expected / (expected @ expected) == pytest.approx(1.0, abs=0.1)
    times = [window.arrived_at for window in handed]
    assert np.diff(times) == pytest.approx(WINDOW_DURATION)
    assert handed[-40:] == live


def test_without_an_overlap_all_of_both_is_heard() -> None:
    held = HeldBack(recording(40_000))
    handed = [window for each in windows_from(60_000, 20) for window in held.take(each)]
    assert len(joined(handed)) == 40_000 - 40_000 % LISTEN_WINDOW + 20 * LISTEN_WINDOW


def test_live_audio_waits_for_the_recording() -> None:
    it = PreconnectRecording("ann", is_opened=True)
    held, live = HeldBack(it), windows_from(40_000, 60)
    assert [held.take(window) for window in live[:30]] == [[]] * 30
    it.finish(RECORDED[:42_000], 101.0)
    handed = held.take(live[30])
    assert handed[-31:] == live[:31]
    assert len(handed) == 40_000 // LISTEN_WINDOW + 31
    assert held.take(live[31]) == [live[31]]


@pytest.mark.parametrize(("is_opened", "windows"), [(False, ABSENT_WINDOWS), (True, LATE_WINDOWS + DECODING_WINDOWS)])
def test_one_that_does_not_come_is_not_waited_for_long(
    is_opened: bool, windows: int, caplog: pytest.LogCaptureFixture
) -> None:
    it = PreconnectRecording("ann", is_opened=is_opened)
    held, live = HeldBack(it), windows_from(0, windows + 1)
    handed = [held.take(window) for window in live]
    assert handed == [[]] * (windows - 1) + [live[:windows], [live[windows]]]
    it.finish(RECORDED, 105.0)
    assert it.audio is None
    assert "too late" in caplog.text


def test_one_that_is_lost_holds_nothing_back() -> None:
    it = PreconnectRecording("ann", is_opened=True)
    held, live = HeldBack(it), windows_from(0, 6)
    assert [held.take(window) for window in live[:5]] == [[]] * 5
    it.give_up()
    assert held.take(live[5]) == live


def test_an_old_one_is_dropped() -> None:
    """The person was not linked for a while: another one was talked with."""
    held, live = HeldBack(recording(40_000, ended_at=100.0 - STALE_DELAY - 0.1)), windows_from(42_000, TEMPLATE_WINDOWS)
    assert [window for each in live for window in held.take(each)] == live


def test_a_break_releases_what_was_held() -> None:
    it = PreconnectRecording("ann", is_opened=True)
    held, live = HeldBack(it), windows_from(0, 5)
    for window in live:
        held.take(window)
    assert held.release() == live
    assert held.release() == []
    assert it.is_lost
