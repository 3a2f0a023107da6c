"""When a second request for the first token is made: what is usual for a model, and at most once a turn."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.resilience.first_tokens import KEPT, LEAST_DELAY, LEAST_KNOWN, FirstTokens, FirstTokenTimes, Hedging

SECONDS = st.floats(0.0, 20.0)


def times_of(*seconds: float) -> FirstTokenTimes:
    times = FirstTokenTimes()
    for each in seconds:
        times.add(each)
    return times


@given(st.lists(SECONDS, min_size=LEAST_KNOWN, max_size=2 * KEPT))
def test_one_request_in_twenty_is_made_twice_and_never_one_that_is_quick(seconds: list[float]) -> None:
    delay = times_of(*seconds).hedge_delay
    assert delay is not None
    assert delay >= LEAST_DELAY
    latest = seconds[-KEPT:]
    assert sum(each > delay for each in latest) <= len(latest) / 20
    if delay > LEAST_DELAY:
        assert delay in latest
        assert sum(each >= delay for each in latest) > len(latest) / 20, "no later than it has to be"


@given(st.lists(SECONDS, max_size=LEAST_KNOWN - 1))
def test_of_a_model_that_is_hardly_known_nothing_is_expected(seconds: list[float]) -> None:
    assert times_of(*seconds).hedge_delay is None


def test_what_was_long_ago_does_not_count() -> None:
    assert times_of(*[9.0] * KEPT, *[0.5] * KEPT).hedge_delay == 0.5


@given(st.lists(st.sampled_from(["ask", "commit"]), max_size=30), SECONDS, st.floats(0.5, 5.0))
def test_there_is_at_most_one_from_turn_to_turn(acts: list[str], usual: float, otherwise: float) -> None:
    hedging, times = Hedging(is_on=True), times_of(*[usual] * LEAST_KNOWN)
    since_commit = 0
    for act in acts:
        if act == "commit":
            hedging.renew()
            since_commit = 0
            continue
        delay = hedging.delay(times, otherwise)
        assert delay == (otherwise if since_commit else min(max(usual, LEAST_DELAY), otherwise))
        hedging.spend()
        since_commit += 1


def test_it_is_off_unless_it_is_wanted() -> None:
    assert Hedging(is_on=False).delay(times_of(*[0.5] * KEPT), otherwise=3.0) == 3.0


class Model:
    """A language model, as far as a key goes."""


class Slotted:
    """No weak reference to it can be made."""

    __slots__ = ()


def test_models_of_one_name_learn_together() -> None:
    first_tokens, one, same, other = FirstTokens(), Model(), Model(), Model()
    for model in (one, same):
        first_tokens.share(model, "openai:a-model")
    first_tokens.of(one).add(1.0)
    assert first_tokens.of(same) is first_tokens.of(one)
    assert first_tokens.of(other) is first_tokens.of(other) is not first_tokens.of(one)


def test_an_object_of_any_kind_may_be_a_model() -> None:
    first_tokens = FirstTokens()
    for model in (Slotted(), None):
        first_tokens.share(model, "a name")
        assert first_tokens.of(model).hedge_delay is None
