"""The circuit breaker: when it opens, whom it lets through, and when it closes."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Malformed, Refused, Unavailable
from pipeline.resilience.breaker import FAILURES, FIRST_DELAY, LONGEST_DELAY, PROBE_LIMIT, Breaker, Breakers

GONE = Unavailable("it", "gone")


def opened(at: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.allows(at)
        breaker.failed(GONE, at)
    return breaker


def test_it_opens_after_some_failures_in_a_row() -> None:
    breaker = opened()
    assert not breaker.allows(100.0)
    assert not breaker.allows(99.9 + FIRST_DELAY)
    assert breaker.allows(100.0 + FIRST_DELAY)


def test_what_works_in_between_counts_anew() -> None:
    breaker = Breaker()
    for _ in range(5):
        for _ in range(FAILURES - 1):
            breaker.failed(GONE, 1.0)
        breaker.worked()
    assert breaker.allows(1.0)


def test_one_probe_goes_through_and_closes_it() -> None:
    breaker, at = opened(), 100.0 + FIRST_DELAY
    assert breaker.allows(at)
    breaker.begin(at)
    assert not breaker.allows(at), "one is under way"
    breaker.worked()
    assert breaker.allows(at)


def test_a_probe_in_vain_doubles_the_time_up_to_a_bound() -> None:
    breaker, at, delays = opened(), 100.0, list[float]()
    for _ in range(8):
        assert breaker.retry_at is not None
        delays.append(breaker.retry_at - at)
        at = breaker.retry_at
        breaker.begin(at)
        breaker.failed(GONE, at)
    assert delays == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 60.0]


def test_a_probe_that_was_called_off_does_not_keep_it_open() -> None:
    breaker, at = opened(), 100.0 + FIRST_DELAY
    breaker.begin(at)
    assert breaker.allows(at + PROBE_LIMIT)


def test_a_refusal_opens_it_at_once_and_for_long() -> None:
    breaker = Breaker()
    breaker.failed(Refused("it", "no credit"), 0.0)
    assert not breaker.allows(LONGEST_DELAY - 0.1)
    assert breaker.allows(LONGEST_DELAY)


def test_it_is_left_alone_for_as_long_as_it_asks() -> None:
    breaker = Breaker()
    breaker.failed(Unavailable("it", "too many requests", retry_after=20.0), 0.0)
    assert not breaker.allows(19.9)
    assert breaker.allows(20.0)


def test_a_name_has_one_breaker() -> None:
    breakers = Breakers()
    assert breakers.of("openai:gpt") is breakers.of("openai:gpt")
    assert breakers.of("openai:gpt") is not breakers.of("openai:other")


@given(st.lists(st.tuples(st.sampled_from(["ask", "works", "fails", "odd", "refuses"]), st.floats(0.0, 40.0))))
def test_it_never_stays_open(acts: list[tuple[str, float]]) -> None:
    breaker, now = Breaker(), 0.0
    errors = {"fails": GONE, "odd": Malformed("it", "rubbish"), "refuses": Refused("it", "no")}
    for what, gap in acts:
        now += gap
        if what == "ask" and breaker.allows(now):
            breaker.begin(now)
        elif what == "works":
            breaker.worked()
        elif what in errors:
            breaker.failed(errors[what], now)
    assert breaker.allows(now + LONGEST_DELAY + PROBE_LIMIT)
