"""Where words are by the durations of their phonemes, and where audio may be cut: tables."""

import numpy as np
import pytest

from pipeline.providers.local.speaking.hibari_times import (
    LEAD,
    SHORTEST_GAP,
    SHORTEST_PIECE,
    UNIT,
    ids_of,
    pieces,
    sound_end,
    word_times,
)

VOCABULARY = {sign: number for number, sign in enumerate("abcdˈ,. ", 1)}


def test_ids_have_a_pad_at_both_ends() -> None:
    assert ids_of(["ab,", "c"], VOCABULARY) == [0, 1, 2, 6, 8, 3, 0]


@pytest.mark.parametrize(
    ("words", "durations", "units"),
    [
        (["ab"], [10, 2, 3, 5], [(10, 15)]),
        (["ab,", "c."], [10, 2, 3, 7, 1, 4, 9, 1], [(10, 15), (23, 27)]),  # marks are no sound
        (["a", "b", "c"], [4, 5, 2, 5, 3, 5, 1], [(4, 11), (11, 19), (19, 24)]),  # without marks there is no gap
        (["“ˈa", "b — c"], [10, 1, 2, 3, 1, 1, 1, 5, 1, 2, 1], [(11, 17), (17, 27)]),  # what is inside belongs to it
    ],
)
def test_word_times(words: list[str], durations: list[int], units: list[tuple[int, int]]) -> None:
    assert word_times(words, durations) == [((a - LEAD) * UNIT, (b - LEAD) * UNIT) for a, b in units]


def test_a_short_lead_in_is_no_time_before_the_start() -> None:
    assert word_times(["a"], [1, 4, 1]) == [(0, 2 * UNIT)]


def test_pieces_are_cut_in_the_middle_of_voiceless_stretches() -> None:
    pitch = np.full(400, 200.0, np.float32)
    for at in (50, 100, 120, 250, 390):
        pitch[at : at + SHORTEST_GAP] = 0
    pitch[200 : 200 + SHORTEST_GAP - 1] = 0
    half = SHORTEST_GAP // 2
    assert pieces(pitch, 5) == [(5, 50 + half), (50 + half, 100 + half), (100 + half, 250 + half), (250 + half, 400)]


def test_pieces_are_never_short() -> None:
    for start, end in pieces(np.zeros(1000, np.float32), 3):
        assert end - start >= SHORTEST_PIECE
    assert pieces(np.zeros(SHORTEST_PIECE, np.float32), 20) == [(20, SHORTEST_PIECE)]


@pytest.mark.parametrize(("samples", "end"), [([0, 0.5, -0.2, 0.01, 0], 3), ([0, 0, 0], 0), ([], 0), ([0.2], 1)])
def test_sound_end(samples: list[float], end: int) -> None:
    assert sound_end(np.array(samples, np.float32), 0.1) == end
