"""The detector and the gate's defaults on recorded speech; skips where there is none."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.bench.measure_vad import Found, Recording, find, judge, load, score
from vad.gate import GateOptions

VOICES_IN_THE_NOISE = {"noise_demand_1", "noise_demand_5"}
"""Recorded in busy places, where people talk."""


def found_in(recordings: list[Recording], options: GateOptions) -> dict[str, list[Found]]:
    probabilities, _ = judge("cascade", recordings)
    return {recording.id: find(probabilities[recording.id], options) for recording in recordings}


def test_speech_is_found_where_it_is(recordings: Path) -> None:
    """Most labels of these were made from energy: an edge that fades in or out lies inside them, or behind."""
    speech = load(recordings, ["speech", "interruption"])
    found = found_in(speech, GateOptions())
    result = score(speech, lambda recording: found[recording.id])
    assert result.segments > 20, "there is enough to judge by"
    assert result.missed == 0
    assert result.false_alarms == 0
    assert np.percentile(result.onset_errors, [5, 50, 95]) == pytest.approx([0.0, 0.03, 0.15], abs=0.05)
    assert np.percentile(result.offset_errors, [5, 50, 95]) == pytest.approx([-0.1, 0.05, 0.11], abs=0.05)
    assert np.median(result.onset_delays) < 0.15, "soon enough to notice an interruption"
    assert np.median(result.offset_delays) < 0.25, "soon enough to begin an answer"
    assert max(result.onset_errors) < 0.5, "no first syllable begins long before the start"


def test_pauses_split_speech_when_they_last_long_enough(recordings: Path) -> None:
    """Pauses of 0.6 to 1.6 s in mid-sentence, put there, and those that the speakers made themselves."""
    paused = [r for r in load(recordings, ["pause-in-turn"]) if r.id.startswith("pit_")]
    probabilities, _ = judge("cascade", paused)
    for min_silence in (0.3, 0.9):
        for recording in paused:
            pieces = find(probabilities[recording.id], GateOptions(min_silence=min_silence))
            pauses = [after.start - before.end for before, after in pairwise(pieces)]
            assert all(pause >= min_silence for pause in pauses), recording.id
            if min_silence < 0.6:
                assert len(pieces) >= len(recording.segments) > 1, recording.id


def test_sounds_without_a_voice_are_not_speech(recordings: Path) -> None:
    """A dog, an alarm, a click, a room with people who are silent."""
    noise = [r for r in load(recordings, ["noise", "false-interruption"]) if r.id not in VOICES_IN_THE_NOISE]
    assert len(noise) > 5
    assert [id_ for id_, pieces in found_in(noise, GateOptions()).items() if pieces] == []
