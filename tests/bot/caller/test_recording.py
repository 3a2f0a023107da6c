"""The recording's clock and its measurements, on made-up arrivals."""

import numpy as np
import pytest

from bot.caller.recording import FLOOR_DB, Recording
from pipeline.audio import Pcm
from tests.support.tones import dominant_frequency, tone

RATE = 48_000
FRAME = 480


def heard(pcm: Pcm, delays: dict[int, float] | None = None, start_at: float = 100.0, jitter: float = 0.0) -> Recording:
    """A recording whose frame k arrived 10 ms after frame k - 1, later by `delays[k]` or by random jitter."""
    rng = np.random.default_rng(1)
    recording = Recording(RATE)
    arrived_at = start_at
    for k in range(len(pcm) // FRAME):
        late = (delays or {}).get(k, rng.uniform(0, jitter))
        arrived_at = max(start_at + k * 0.010 + late, arrived_at)
        recording.append(arrived_at, pcm[k * FRAME : (k + 1) * FRAME].tobytes())
    return recording


def quiet(duration: float) -> Pcm:
    return np.zeros(round(duration * RATE), dtype=np.int16)


def test_jitter_of_arrival_does_not_move_events() -> None:
    sound = np.concatenate([quiet(1.0), tone(1000, 0.5), quiet(1.0)])
    recording = heard(sound, jitter=0.025)
    assert recording.onset_after(100.0) == pytest.approx(101.0, abs=0.003)
    assert recording.silent_after(101.2) == pytest.approx(101.5, abs=0.011)


def test_a_stall_whose_frames_come_in_a_burst_does_not_move_events() -> None:
    sound = np.concatenate([quiet(1.0), tone(1000, 0.5), quiet(1.0)])
    stall = {k: 0.3 - (k - 90) * 0.010 for k in range(90, 120)}
    assert heard(sound, delays=stall).onset_after(100.0) == pytest.approx(101.0, abs=0.003)


def test_a_gap_that_is_never_caught_up_moves_what_follows() -> None:
    sound = np.concatenate([quiet(1.0), tone(1000, 0.5), quiet(1.0)])
    gap = dict.fromkeys(range(60, 250), 0.2)
    recording = heard(sound, delays=gap)
    assert recording.onset_after(100.0) == pytest.approx(101.2, abs=0.003)
    assert recording.time_of(0) == pytest.approx(100.0)


def test_a_new_stream_has_a_clock_of_its_own_even_when_it_is_earlier() -> None:
    recording = heard(np.zeros(FRAME * 100, dtype=np.int16), delays=dict.fromkeys(range(100), 0.02))
    recording.restart()
    recording.append(101.0, bytes(2 * FRAME))
    assert recording.time_of(99 * FRAME) == pytest.approx(101.01)
    assert recording.time_of(100 * FRAME) == pytest.approx(101.0)


def test_times_and_samples_are_inverse() -> None:
    recording = heard(quiet(3.0))
    for sample in (0, 1, 479, 480, 12_345, 3 * RATE - 1):
        assert recording.sample_at(recording.time_of(sample)) == sample
    assert recording.sample_at(0.0) == 0
    assert recording.sample_at(200.0) == len(recording.samples) == 3 * RATE
    with pytest.raises(IndexError):
        recording.time_of(3 * RATE)


def test_a_slice_is_what_sounded_between_two_times() -> None:
    recording = heard(np.concatenate([quiet(1.0), tone(700, 0.3), tone(1500, 0.3), quiet(0.4)]))
    assert dominant_frequency(recording.slice(101.0, 101.3)) == pytest.approx(700, abs=10)
    assert dominant_frequency(recording.slice(101.3, 101.6)) == pytest.approx(1500, abs=10)


def test_a_click_is_no_onset_and_a_breath_no_silence() -> None:
    click, word = tone(1000, 0.02), tone(1000, 0.3)
    sound = np.concatenate([quiet(0.5), click, quiet(0.5), word, quiet(0.1), word, quiet(1)])
    recording = heard(sound)
    assert recording.onset_after(100.0) == pytest.approx(101.02, abs=0.003)
    assert recording.silent_after(101.1) == pytest.approx(101.72, abs=0.011)
    assert recording.onset_after(101.8) is None
    assert recording.silent_after(102.65) is None, "less than 200 ms are left to tell silence by"


def test_levels_are_in_dbfs() -> None:
    square = np.full(FRAME, 32767, dtype=np.int16)
    levels = heard(np.concatenate([quiet(0.01), square, square // 10])).energy_db()
    assert levels == pytest.approx([FLOOR_DB, 0, -20], abs=0.01)


def test_an_empty_recording_has_heard_nothing() -> None:
    recording = Recording()
    assert recording.onset_after(0.0) is None
    assert recording.silent_after(0.0) is None
    assert len(recording.slice(0.0, 1.0)) == len(recording.energy_db()) == 0


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="10 ms"):
        Recording().append(1.0, bytes(100))


def test_on_the_clock_a_gap_is_silence_and_what_lies_outside_is_left_out() -> None:
    recording = Recording(RATE)
    for arrived_at, frequency in ((100.0, 700), (100.5, 1500)):
        recording.restart()
        for start in range(0, RATE // 10, FRAME):
            frame = tone(frequency, 0.1)[start : start + FRAME]
            recording.append(arrived_at + start / RATE, frame.tobytes())
    laid_out = recording.on_clock(99.8, 100.55)
    assert len(laid_out) == 0.75 * RATE
    assert not laid_out[: round(0.2 * RATE)].any()
    assert dominant_frequency(laid_out[round(0.2 * RATE) : round(0.3 * RATE)]) == pytest.approx(700, abs=10)
    assert not laid_out[round(0.3 * RATE) : round(0.7 * RATE)].any()
    assert dominant_frequency(laid_out[round(0.7 * RATE) :]) == pytest.approx(1500, abs=30)
