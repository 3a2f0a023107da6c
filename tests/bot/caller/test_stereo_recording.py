"""Both voices of a call on one clock, as long as each other."""

import numpy as np

from bot.caller.recording import Recording
from bot.caller.stereo_recording import both_voices
from pipeline.wav import WavSound
from tests.support.tones import dominant_frequency, tone

RATE = 48_000


def recorded(start_at: float, duration: float, frequency: float) -> Recording:
    recording, pcm = Recording(), tone(frequency, duration)
    for start in range(0, len(pcm), 480):
        recording.append(start_at + start / RATE, pcm[start : start + 480].tobytes())
    return recording


def test_each_voice_is_where_it_was() -> None:
    """A question of another rate, in the middle of what is heard."""
    question = WavSound(tone(700, 0.5, 16_000), 16_000)
    played, heard = both_voices([(100.5, question)], recorded(100.0, 2.0, 1500))
    assert len(played) == len(heard) == 2 * RATE
    assert abs(dominant_frequency(heard) - 1500) < 10
    loud = np.flatnonzero(np.abs(played.astype(int)) > 1000) / RATE
    np.testing.assert_allclose([loud[0], loud[-1]], [0.5, 1.0], atol=0.005)


def test_a_question_may_begin_before_and_end_after_what_was_heard() -> None:
    question = WavSound(tone(700, 1.0), RATE)
    played, heard = both_voices([(100.0, question)], recorded(100.2, 0.2, 1500))
    assert len(played) == len(heard) == RATE
    loud = np.flatnonzero(np.abs(heard.astype(int)) > 1000) / RATE
    np.testing.assert_allclose([loud[0], loud[-1]], [0.2, 0.4], atol=0.005)


def test_of_nothing_there_is_nothing() -> None:
    played, heard = both_voices([], Recording())
    assert len(played) == len(heard) == 0
