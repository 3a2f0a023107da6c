"""Edges from probabilities: tables of windows, and what holds for any."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vad.gate import Edge, Gate, GateOptions, SpeechEnd, SpeechStart
from vad.protocol import RATE, WINDOW

FRESH = 10
"""Windows of silence after which a stream is no longer fresh."""

QUICK = GateOptions(min_speech=0.064, min_silence=0.128)

PROBABILITY = {"S": 0.9, "m": 0.4, ".": 0.1}
"""Sure speech; between the thresholds; silence."""


def run(gate: Gate, pattern: str) -> list[tuple[int, Edge]]:
    """Feed windows; the edges, with the number of the window that settled each."""
    edges = [(number, gate.feed(PROBABILITY[kind])) for number, kind in enumerate(pattern, gate.position // WINDOW)]
    return [(number, edge) for number, edge in edges if edge is not None]


def summary(gate: Gate, pattern: str) -> list[tuple[str, int, int]]:
    """As (kind, window of the edge, window that settled it)."""
    kinds = {SpeechStart: "start", SpeechEnd: "stop"}
    return [(kinds[type(edge)], edge.sample // WINDOW - FRESH, number - FRESH) for number, edge in run(gate, pattern)]


@pytest.mark.parametrize(
    ("pattern", "edges"),
    [
        ("SSSS....", [("start", 0, 1), ("stop", 4, 7)]),
        ("S.S.S.S.", []),
        ("Sm......", [("start", 0, 1), ("stop", 2, 5)]),
        ("mmmmmmmm", []),
        ("mmSS....", [("start", 2, 3), ("stop", 4, 7)]),
        ("SSmmmmmm", [("start", 0, 1)]),
        ("SS...S....", [("start", 0, 1), ("stop", 6, 9)]),
        ("SS...m....", [("start", 0, 1), ("stop", 6, 9)]),
        ("SS....S..SS", [("start", 0, 1), ("stop", 2, 5), ("start", 9, 10)]),
    ],
)
def test_edges_lie_where_speech_changed_and_are_settled_when_it_lasted(
    pattern: str, edges: list[tuple[str, int, int]]
) -> None:
    gate = Gate(QUICK)
    run(gate, "." * FRESH)
    assert summary(gate, pattern) == edges


def test_runs_tell_how_long_speech_and_silence_have_lasted() -> None:
    gate = Gate(QUICK)
    run(gate, "." * FRESH)
    seen: list[tuple[int, int]] = []
    for kind in "SSS..S....S.SS":
        gate.feed(PROBABILITY[kind])
        seen.append((gate.speech_run // WINDOW, gate.silence_run // WINDOW))
    assert seen[:6] == [(0, 11), (2, 0), (3, 0), (3, 1), (3, 2), (6, 0)]
    assert seen[6:10] == [(6, 1), (6, 2), (6, 3), (0, 4)]
    assert seen[10:] == [(0, 5), (0, 6), (0, 7), (2, 0)], "a window of speech alone does not end the silence"


def test_a_break_ends_speech_where_it_was_last_heard() -> None:
    gate = Gate(QUICK)
    run(gate, "." * FRESH + "SSSS.")
    assert gate.break_off() == SpeechEnd((FRESH + 4) * WINDOW, FRESH * WINDOW)
    assert gate.break_off() is None
    run(gate, "." * FRESH + "S")
    assert gate.break_off() is None, "too short to be speech"
    assert run(gate, "S") == []


@pytest.mark.parametrize("broken", [False, True])
def test_a_fragment_at_the_beginning_of_a_stream_is_not_speech(broken: bool) -> None:
    """What comes over with a subscription lasts up to nine windows; speech goes on, and then began where it began."""
    gate = Gate()
    if broken:
        run(gate, "." * 50 + "SSSS")
        gate.break_off()
    began = gate.position
    assert run(gate, "....SSSSS........") == []
    gate.break_off()
    began = gate.position
    edges = run(gate, "S" * 12)
    assert edges == [(began // WINDOW + 9, SpeechStart(began))]


def test_a_lower_activation_keeps_a_deactivation_below_it() -> None:
    assert GateOptions(activation_threshold=0.7).silence_below == pytest.approx(0.55)
    assert 0 < GateOptions(activation_threshold=0.1).silence_below < 0.1
    assert GateOptions(deactivation_threshold=0.2).silence_below == 0.2


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"activation_threshold": 0.0}, "activation_threshold"),
        ({"activation_threshold": 1.5}, "activation_threshold"),
        ({"deactivation_threshold": 0.6}, "deactivation_threshold"),
        ({"min_speech": -0.1}, "min_speech"),
        ({"min_silence": float("nan")}, "min_silence"),
        ({"min_silence": float("inf")}, "min_silence"),
    ],
)
def test_options_that_cannot_work_are_refused_by_name(options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        GateOptions(**options)


@given(st.lists(st.one_of(st.floats(0, 1), st.none()), max_size=200))
def test_edges_alternate_in_order_and_never_lie_ahead(stream: list[float | None]) -> None:
    """For any probabilities, with breaks (None) between them."""
    gate = Gate()
    edges: list[Edge] = []
    for probability in stream:
        edge = gate.break_off() if probability is None else gate.feed(probability)
        if edge is not None:
            assert edge.sample <= gate.position
            edges.append(edge)
        assert gate.speaking == (bool(edges) and isinstance(edges[-1], SpeechStart))
        assert (gate.speech_run > 0) == gate.speaking
        assert 0 <= gate.silence_run <= gate.position
    assert all(type(one) is not type(next_one) for one, next_one in pairwise(edges))
    assert all(one.sample <= next_one.sample for one, next_one in pairwise(edges))
    for one, next_one in pairwise(edges):
        if isinstance(one, SpeechStart):
            assert isinstance(next_one, SpeechEnd)
            assert next_one.began == one.sample
            assert next_one.sample - one.sample >= gate.options.min_speech * RATE
