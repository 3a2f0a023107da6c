"""Both sides on one timeline: what is given away when."""

from itertools import pairwise

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm
from pipeline.recording.timeline import BLOCK, HOLD_BACK, PATIENCE, Block, Timeline

RATE = 24_000
BEGAN = 1000.0
WINDOW = LISTEN_WINDOW / LISTEN_RATE


def window(value: int = 1000) -> Pcm:
    return np.full(LISTEN_WINDOW, value, np.int16)


def hears(timeline: Timeline, start: float, end: float) -> None:
    at = start
    while at < end - 1e-9:
        timeline.heard(BEGAN + at, window())
        at += WINDOW


def loud(blocks: list[Block], side: str) -> tuple[float, float]:
    """From which second to which a side is loud."""
    first, last = None, 0.0
    for block in blocks:
        samples = getattr(block, side)
        if samples is None:
            continue
        rate = len(samples) / (block.end - block.start)
        places = np.flatnonzero(samples)
        if len(places):
            first = block.start + places[0] / rate if first is None else first
            last = block.start + (places[-1] + 1) / rate
    assert first is not None
    return first, last


def test_blocks_follow_each_other_and_lack_nothing() -> None:
    timeline = Timeline(BEGAN, RATE)
    hears(timeline, 0.0, 4.0)
    timeline.played(BEGAN + 1.0, np.full(RATE, 500, np.int16))
    blocks = [*timeline.take(BEGAN + 4.0), *timeline.finish(BEGAN + 4.0)]
    assert blocks[0].start == 0.0
    assert all(one.end == following.start for one, following in pairwise(blocks))
    assert blocks[-1].end == 4.0
    assert loud(blocks, "person") == pytest.approx((0.0, 4.0))
    assert loud(blocks, "bot") == pytest.approx((1.0, 2.0))
    for block in blocks:
        for samples, rate in ((block.person, LISTEN_RATE), (block.bot, RATE)):
            assert samples is None or len(samples) == round((block.end - block.start) * rate)


def test_the_last_second_is_kept_as_it_may_still_change() -> None:
    timeline = Timeline(BEGAN, RATE)
    hears(timeline, 0.0, 3.2)
    blocks = list(timeline.take(BEGAN + 3.2))
    assert blocks[-1].end == 2.0
    assert 3.2 - blocks[-1].end >= HOLD_BACK


def test_a_microphone_that_stalls_is_waited_for_and_one_that_is_off_is_not() -> None:
    stalled, off = Timeline(BEGAN, RATE), Timeline(BEGAN, RATE)
    for timeline in (stalled, off):
        hears(timeline, 0.0, 2.0)
    off.fell_silent()
    assert list(stalled.take(BEGAN + 5.0))[-1].end == 2.0
    assert list(off.take(BEGAN + 5.0))[-1].end == 4.0
    hears(stalled, 2.0, 5.0)  # all at once
    assert loud([*stalled.finish(BEGAN + 5.0)], "person") == pytest.approx((2.0, 5.0), abs=WINDOW)


def test_a_microphone_is_not_waited_for_for_ever() -> None:
    timeline = Timeline(BEGAN, RATE)
    hears(timeline, 0.0, 1.0)
    assert list(timeline.take(BEGAN + 20.0))[-1].end == pytest.approx(20.0 - PATIENCE, abs=BLOCK)
    assert timeline.late == 0.0
    hears(timeline, 14.0, 16.0)
    assert timeline.late == pytest.approx(20.0 - PATIENCE - 14.0, abs=BLOCK)


def test_what_was_said_before_the_bot_came_is_the_beginning() -> None:
    timeline = Timeline(BEGAN, RATE)
    timeline.played(BEGAN + 0.5, np.full(RATE, 500, np.int16))
    assert list(timeline.take(BEGAN + 3.0)) == []  # the microphone is on, and there is nothing from it yet
    hears(timeline, -2.0, 3.0)
    blocks = [*timeline.take(BEGAN + 3.0), *timeline.finish(BEGAN + 3.0)]
    assert timeline.began_at == BEGAN - 2.0
    assert blocks[0].start == 0.0
    assert loud(blocks, "person") == pytest.approx((0.0, 5.0), abs=WINDOW)
    assert loud(blocks, "bot") == pytest.approx((2.5, 3.5), abs=0.001)


def test_a_long_silence_is_one_block() -> None:
    timeline = Timeline(BEGAN, RATE)
    timeline.fell_silent()
    timeline.played(BEGAN + 7200.0, np.full(RATE, 500, np.int16))
    blocks = [*timeline.take(BEGAN + 7202.5)]
    assert len(blocks) <= 5
    assert loud(blocks, "bot") == pytest.approx((7200.0, 7201.0))


def test_muting_silences_both_sides_and_says_whether_it_was_in_time() -> None:
    timeline = Timeline(BEGAN, RATE)
    hears(timeline, 0.0, 3.2)
    timeline.played(BEGAN, np.full(3 * RATE, 500, np.int16))
    assert timeline.mute(BEGAN + 1.0, BEGAN + 2.0)
    first, second = list(timeline.take(BEGAN + 3.2))[1:3]
    assert first.end == 1.0
    for samples in (first.person, first.bot):
        assert samples is not None
        assert samples.any()
    assert second.person is not None
    assert not second.person.any()
    assert second.bot is not None
    assert not second.bot.any()
    assert not timeline.mute(BEGAN + 1.5, BEGAN + 3.0)
