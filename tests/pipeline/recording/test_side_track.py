"""Where audio goes on its side of a recording."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm
from pipeline.recording.side_track import DRIFT, SideTrack

RATE = 1000  # a sample a millisecond
WINDOW = 32


def window(value: int, samples: int = WINDOW) -> Pcm:
    return np.full(samples, value, np.int16)


def taken(track: SideTrack, start: int = 0, end: int = 1000) -> list[tuple[int, int, int]]:
    """What a second holds: value, first place, how long."""
    whole = track.take(start, end)
    if whole is None:
        return []
    edges = np.flatnonzero(np.diff(whole, prepend=0, append=0))
    bounds = [0, *edges, len(whole)]
    return [(int(whole[a]), a + start, b - a) for a, b in pairwise(bounds) if b > a and whole[a]]


LOUD = 1000
"""A value that counts as no silence."""


@pytest.mark.parametrize(
    ("times", "places"),
    [
        pytest.param([0.1, 0.132, 0.164], [100, 132, 164], id="on time"),
        pytest.param([0.1, 0.139, 0.160], [100, 132, 164], id="a little off stays whole"),
        pytest.param([0.1, 0.132, 0.264], [100, 132, 264], id="a gap that nobody announced is silence"),
        pytest.param([0.140, 0.132, 0.164], [100, 132, 164], id="the first one was late"),
        pytest.param([0.1, 0.172, 0.164], [100, 132, 164], id="a gap that was none"),
        pytest.param([0.1, 0.232, 0.234], [100, 202, 234], id="a gap that was shorter"),
    ],
)
def test_audio_lies_where_its_time_says(times: Sequence[float], places: Sequence[int]) -> None:
    track = SideTrack(RATE)
    for number, at in enumerate(times, 1):
        track.put(at, window(number * LOUD))
    found = {value // LOUD: place for value, place, _ in taken(track)}
    assert [found[number] for number in range(1, len(times) + 1)] == list(places)


def test_where_it_is_quiet_a_small_drift_is_set_right() -> None:
    loud, quiet = SideTrack(RATE), SideTrack(RATE)
    for track, value in ((loud, LOUD), (quiet, 50)):
        track.put(0.0, window(value))
        track.put(0.040, window(value))  # 8 ms behind the end of the first
        track.put(0.072, window(2 * LOUD))
    assert (2 * LOUD, 64, WINDOW) in taken(loud)
    assert (2 * LOUD, 72, WINDOW) in taken(quiet)


def test_after_a_break_audio_has_its_own_time() -> None:
    track = SideTrack(RATE)
    track.put(0.1, window(LOUD))
    track.break_off()
    track.put(0.137, window(2 * LOUD))  # nearer than what is left alone in a stream
    assert taken(track) == [(LOUD, 100, WINDOW), (2 * LOUD, 137, WINDOW)]


def test_a_stream_never_lies_over_the_one_before() -> None:
    track = SideTrack(RATE)
    track.put(0.1, window(LOUD))
    track.break_off()
    track.put(0.120, window(2 * LOUD))
    assert taken(track) == [(LOUD, 100, WINDOW), (2 * LOUD, 132, 20)]


def test_what_was_queued_is_taken_back() -> None:
    track = SideTrack(RATE)
    track.put(0.1, window(LOUD))
    track.put(0.132, window(2 * LOUD))
    track.take_back(40)
    assert track.end == 124
    track.put(0.2, window(3 * LOUD))
    assert taken(track) == [(LOUD, 100, 24), (3 * LOUD, 200, WINDOW)]


def test_what_comes_too_late_is_left_out_and_counted() -> None:
    track = SideTrack(RATE)
    assert taken(track, 0, 110) == []
    track.put(0.1, window(LOUD))
    assert track.late == 10
    assert taken(track, 110, 200) == [(LOUD, 110, 22)]


def test_audio_that_is_taken_in_parts_stays_in_its_place() -> None:
    track = SideTrack(RATE)
    track.put(0.1, window(LOUD))
    assert taken(track, 0, 116) == [(LOUD, 100, 16)]
    assert taken(track, 116, 300) == [(LOUD, 116, 16)]


def test_what_is_muted_is_silent_where_it_is_still_there() -> None:
    track = SideTrack(RATE)
    heard = window(LOUD)
    track.put(0.1, heard)
    track.put(0.132, window(2 * LOUD))
    assert track.mute(110, 140)
    assert taken(track, 0, 150) == [(LOUD, 100, 10), (2 * LOUD, 140, 10)]
    assert heard.all()  # that of the pipeline is another's
    assert not track.mute(120, 160)


@given(
    st.lists(st.tuples(st.integers(-12, 12), st.booleans()), min_size=2, max_size=60),
    st.integers(-200, 200),
)
@settings(deadline=None, max_examples=60)
def test_whatever_the_jitter_nothing_is_lost_and_all_is_near_its_time(
    jitters: list[tuple[int, bool]], skew_ppm: int
) -> None:
    """Of a stream whose times waver by less than what is left alone, however fast its clock."""
    track = SideTrack(RATE)
    true = [round(n * WINDOW * (1 + skew_ppm / 1e6)) for n in range(len(jitters))]
    for number, (at, (jitter, _)) in enumerate(zip(true, jitters, strict=True), 1):
        track.put(max(at + jitter // 2, 0) / RATE, window(number * 100))
    found = {value: (place, length) for value, place, length in taken(track, 0, true[-1] + 1000)}
    assert len(found) == len(jitters)
    for number, at in enumerate(true, 1):
        place, length = found[number * 100]
        assert length == WINDOW
        assert abs(place - at) <= DRIFT * RATE + 6
