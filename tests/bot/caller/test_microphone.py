"""How a sound is cut into the frames of a source; the source itself is tried in a real room."""

import numpy as np
import pytest

from bot.caller.microphone import RATE, SIZE, Play
from pipeline.audio import resample
from tests.support.tones import dominant_frequency, tone

LOUD = np.full(1000, 1000, dtype=np.int16)


async def test_a_sound_begins_on_the_sample_that_leaves_at_the_wanted_time() -> None:
    play = Play(LOUD, at=10.0125)
    assert play.slice(10.0) is None
    first = play.slice(10.010)
    assert first is not None
    assert (first.begins, first.ends) == (120, None)
    assert np.array_equal(first.pcm, [0] * 120 + [1000] * 360)
    play.left(first, 10.010, underruns=3)
    assert await play.started == pytest.approx(10.0125)


async def test_the_last_frame_is_filled_up_and_tells_where_the_sound_ended() -> None:
    play = Play(LOUD, at=None)
    pieces = [piece for n in range(3) if (piece := play.slice(5.0 + n * 0.010))]
    assert [(piece.begins, piece.ends) for piece in pieces] == [(0, None), (None, None), (None, 40)]
    assert play.over
    assert np.array_equal(pieces[2].pcm, [1000] * 40 + [0] * 440)
    for n, piece in enumerate(pieces):
        play.left(piece, 5.0 + n * 0.010, underruns=n // 2)
    played = await play.finished
    assert (played.start_at, played.end_at) == pytest.approx((5.0, 5.0 + 1000 / RATE))
    assert (played.stopped, played.underruns) == (False, 1)


async def test_a_stop_fades_out_within_one_frame() -> None:
    play = Play(np.full(SIZE * 10, 1000, dtype=np.int16), at=None)
    play.slice(5.0)
    play.stop()
    last = play.slice(5.010)
    assert last is not None
    assert last.ends == 240
    assert last.pcm[0] == 1000
    assert all(np.diff(last.pcm) <= 0)
    assert not last.pcm[239:].any()


async def test_a_stop_before_the_beginning_makes_no_sound() -> None:
    play = Play(LOUD, at=1000.0)
    play.stop()
    only = play.slice(5.0)
    assert only is not None
    assert only.begins is not None
    assert only.ends is not None
    assert not only.pcm.any()


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_resampling_keeps_length_and_pitch(rate: int) -> None:
    sound = resample(tone(1000, 0.5, rate), rate, RATE)
    assert len(sound) == pytest.approx(0.5 * RATE, abs=2)
    assert dominant_frequency(sound) == pytest.approx(1000, abs=5)
    assert np.argmax(np.abs(sound.astype(int)) > 3000) < 0.002 * RATE, "no delay at the front"
