"""Times of samples, from arrivals as networks and busy loops make them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW
from pipeline.stages.media_clock import KEPT_STREAMS, MEMORY, MediaClock

WINDOW = LISTEN_WINDOW / LISTEN_RATE
BEGAN_AT = 1000.0


def due_at(window: int, began_at: float = BEGAN_AT) -> float:
    """When the window of this number, from 0, is complete at its speaker."""
    return began_at + (window + 1) * WINDOW


def stalled(delays: list[float], stalls: dict[int, float]) -> list[float]:
    """Arrivals of windows each delayed by the network, at a loop that stops at some windows for some seconds.

    What comes in during a stall is taken at its end, all at once.
    """
    arrivals: list[float] = []
    free_at = 0.0
    for window, delay in enumerate(delays):
        arrived_at = max(due_at(window) + delay, free_at)
        if window in stalls:
            free_at = arrived_at = arrived_at + stalls[window]
        arrivals.append(arrived_at)
    return arrivals


delays = st.lists(st.floats(0, 0.03), min_size=40, max_size=200)
stalls = st.dictionaries(st.integers(0, 150), st.floats(0.05, 1.5), max_size=2)


def test_audio_in_time_has_the_time_at_which_it_was_spoken() -> None:
    clock = MediaClock()
    for window in range(100):
        clock.saw(LISTEN_WINDOW, due_at(window))
        assert clock.time_of(0) == pytest.approx(BEGAN_AT)
        assert clock.time_of(clock.position) == pytest.approx(due_at(window))
        assert clock.watermark(now=due_at(window) + 5) == pytest.approx(due_at(window)), "no more than was seen"


@given(delays, stalls)
def test_stalls_and_their_bursts_do_not_move_times(delays: list[float], stalls: dict[int, float]) -> None:
    """However late audio comes, it has the time of its speaker, within the least delay of the windows until then."""
    clock = MediaClock()
    least = float("inf")
    for window, arrived_at in enumerate(stalled(delays, stalls)):
        clock.saw(LISTEN_WINDOW, arrived_at)
        least = min(least, arrived_at - due_at(window))
        assert clock.time_of(clock.position) == pytest.approx(due_at(window) + least)
        assert clock.time_of(clock.position) <= arrived_at + 1e-9, "nothing is heard before it is spoken"


@given(delays, stalls)
def test_within_its_memory_it_only_learns_that_samples_were_earlier(
    delays: list[float], stalls: dict[int, float]
) -> None:
    clock = MediaClock()
    times: list[float] = []
    for arrived_at in stalled(delays[: int(MEMORY / WINDOW)], stalls):
        clock.saw(LISTEN_WINDOW, arrived_at)
        times.append(clock.time_of(LISTEN_WINDOW))
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(times))


@given(delays, stalls, st.sets(st.integers(1, 199)))
def test_times_rise_with_samples_and_the_watermark_never_goes_back(
    delays: list[float], stalls: dict[int, float], breaks: set[int]
) -> None:
    clock = MediaClock()
    watermark = clock.watermark(0.0)
    for window, arrived_at in enumerate(stalled(delays, stalls)):
        if window in breaks:
            clock.broke()
        clock.saw(LISTEN_WINDOW, arrived_at)
        assert clock.watermark(arrived_at) >= watermark
        assert clock.watermark(arrived_at) <= arrived_at + 1e-9
        watermark = clock.watermark(arrived_at)
    for time in (clock.time_of, clock.end_of):
        times = [time(sample) for sample in range(0, clock.position + 1, LISTEN_WINDOW // 2)]
        assert all(earlier < later for earlier, later in pairwise(times))


@pytest.mark.parametrize("skew", [200e-6, -200e-6])
def test_a_skewed_clock_does_not_add_up(skew: float) -> None:
    """Ten minutes of windows that are each 200 ppm too long, or too short."""
    clock = MediaClock()
    for window in range(int(600 / WINDOW)):
        arrived_at = BEGAN_AT + (window + 1) * WINDOW * (1 + skew)
        clock.saw(LISTEN_WINDOW, arrived_at)
    assert clock.time_of(clock.position) == pytest.approx(arrived_at, abs=MEMORY * 200e-6 + 1e-6)


def test_audio_that_is_missing_shifts_the_clock_after_its_memory() -> None:
    """A frozen process gets what the room kept for it, and nobody tells how much was lost."""
    clock = MediaClock()
    for window in range(100):
        clock.saw(LISTEN_WINDOW, due_at(window))
    lost = 3.0
    for window in range(100, 100 + int(MEMORY / WINDOW) + 1):
        clock.saw(LISTEN_WINDOW, due_at(window) + lost)
    assert clock.time_of(clock.position) == pytest.approx(due_at(window) + lost)


def test_without_a_microphone_audio_is_known_to_be_absent_until_now() -> None:
    clock = MediaClock()
    assert clock.watermark(now=7.0) == 7.0, "before the first audio"
    clock.saw(LISTEN_WINDOW, due_at(0))
    assert clock.watermark(now=2000.0) == due_at(0)
    clock.broke()
    assert clock.watermark(now=2000.0) == 2000.0


def test_each_stream_has_a_time_of_its_own() -> None:
    """After a break the distance to the audio before is unknown, and its times stand."""
    clock = MediaClock()
    for window in range(10):
        clock.saw(LISTEN_WINDOW, due_at(window))
    before = clock.time_of(5 * LISTEN_WINDOW)
    clock.broke()
    for window in range(10):
        clock.saw(LISTEN_WINDOW, due_at(window, began_at=BEGAN_AT + 30))
    assert clock.time_of(5 * LISTEN_WINDOW) == before
    assert clock.time_of(10 * LISTEN_WINDOW) == pytest.approx(BEGAN_AT + 30), "what begins there"
    assert clock.end_of(10 * LISTEN_WINDOW) == pytest.approx(BEGAN_AT + 10 * WINDOW), "what ended there"
    assert clock.time_of(15 * LISTEN_WINDOW) == pytest.approx(BEGAN_AT + 30 + 5 * WINDOW)


def test_of_many_streams_the_oldest_are_forgotten() -> None:
    clock = MediaClock()
    for stream in range(3 * KEPT_STREAMS):
        clock.saw(LISTEN_WINDOW, due_at(0, began_at=BEGAN_AT + 10 * stream))
        clock.broke()
    assert clock.time_of(clock.position - LISTEN_WINDOW) == pytest.approx(BEGAN_AT + 10 * (3 * KEPT_STREAMS - 1))
    assert clock.time_of(0) == pytest.approx(
        clock.time_of(2 * KEPT_STREAMS * LISTEN_WINDOW) - 2 * KEPT_STREAMS * WINDOW
    )


def test_a_sample_before_any_audio_is_refused() -> None:
    with pytest.raises(ValueError, match="no audio has come"):
        MediaClock().time_of(0)
