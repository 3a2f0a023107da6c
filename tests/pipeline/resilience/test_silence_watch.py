"""When a transcriber that says nothing counts as broken."""

import math

from hypothesis import given
from hypothesis import strategies as st

from pipeline.resilience.silence_watch import LONGEST_TIMEOUT, SILENCE_TIMEOUT, UNKNOWN_FACTOR, SilenceWatch


def watching(*, gives_interims: bool = True) -> SilenceWatch:
    watch = SilenceWatch()
    if gives_interims:
        watch.answered(0.0, has_text=True, is_final=False)
    return watch


def test_nothing_is_owed_while_nobody_speaks() -> None:
    assert watching().deadline == math.inf


def test_a_cough_asks_for_nothing() -> None:
    watch = watching()
    watch.speech(1.0, 0.5)
    assert watch.deadline == math.inf


def test_speech_wants_an_answer() -> None:
    watch = watching()
    watch.speech(1.0, 0.5)
    watch.speech(1.5, 0.5)
    assert watch.deadline == 1.5 + SILENCE_TIMEOUT
    watch.speech(2.5, 1.0)
    assert watch.deadline == 1.5 + SILENCE_TIMEOUT, "from the first that is not answered"
    watch.answered(3.0, has_text=False, is_final=False)
    assert watch.deadline == math.inf


def test_one_that_may_give_no_interims_has_longer() -> None:
    watch = watching(gives_interims=False)
    watch.speech(1.0, 1.0)
    assert watch.deadline == 1.0 + UNKNOWN_FACTOR * SILENCE_TIMEOUT


def test_a_new_connection_has_as_long_and_in_vain_twice_as_long() -> None:
    watch = watching()
    watch.speech(1.0, 1.0)
    watch.failed()
    watch.reconnected(5.0)
    assert watch.deadline == 5.0 + 2 * SILENCE_TIMEOUT
    watch.answered(6.0, has_text=True, is_final=True)
    watch.speech(7.0, 1.0)
    assert watch.deadline == 7.0 + SILENCE_TIMEOUT


@given(st.lists(st.tuples(st.sampled_from(["speech", "words", "nothing", "failed", "again"]), st.floats(0.01, 5.0))))
def test_a_silence_is_noticed_in_bounded_time_and_only_behind_speech(acts: list[tuple[str, float]]) -> None:
    watch, now, speech = SilenceWatch(), 0.0, 0.0
    for what, gap in acts:
        now += gap
        if what == "speech":
            speech += gap
            watch.speech(now, gap)
        elif what == "failed":
            watch.failed()
        elif what == "again":
            watch.reconnected(now)
        else:
            speech = 0.0
            watch.answered(now, has_text=what == "words", is_final=False)
        assert watch.deadline == math.inf if speech < 0.5 else watch.deadline <= now + LONGEST_TIMEOUT or speech < 0.7
