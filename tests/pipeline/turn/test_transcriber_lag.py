"""A transcriber that is behind: when that is known, that no fragment is a turn, and what does not count as it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.commands import FinalizeTranscript, StartReply
from pipeline.events import Event
from tests.pipeline.turn.kit import START, Talk
from tests.pipeline.turn.test_properties import profile

NOT_HEARD = "Sorry, I could not hear you. Could you say that again?"


def lost(at: float) -> events.TranscriberLost:
    return events.TranscriberLost(at, "gone")


def stalled(**policy: Any) -> Talk:
    """Eight words, of which the transcriber says one and then nothing."""
    talk = Talk(finalizing=None, **policy)
    talk.says(1.0, 3.0, "He ate the apple that lay there yesterday.")
    talk.interim(1.4)
    return talk


def covering(talk: Talk, at: float, until: float) -> None:
    """An interim that comes late: what was said until then."""
    talk.at(at, lambda now: events.InterimTranscript(now, *talk.heard(START + until, None)))


# --- when it is behind ---


def test_a_transcriber_that_does_not_answer_for_much_speech_is_behind() -> None:
    talk = stalled()
    talk.until(3.4)
    assert talk.state.hearing.behind_since is None
    talk.until(4.0)
    assert talk.state.hearing.behind_since == pytest.approx(START + 3.5, abs=0.1)
    assert talk.state.hearing.lag(START + 4.0) == pytest.approx(2.6, abs=0.1)


def test_transcripts_that_come_late_show_it_while_the_person_speaks() -> None:
    talk = Talk()
    talk.says(1.0, 5.0, "He ate the apple that lay there yesterday.")
    covering(talk, 3.0, 1.5)
    talk.until(3.1)
    assert talk.state.hearing.behind_since == START + 3.0
    covering(talk, 4.0, 3.5)
    talk.until(4.1)
    assert talk.state.hearing.behind_since is None


def test_once_caught_up_the_turn_waits_for_the_answer_to_finalize() -> None:
    """The last word may be in no interim yet."""
    talk = stalled(preemption="off")
    covering(talk, 5.0, 2.75)
    talk.final(5.5, answers=True)
    talk.until(9.0)
    assert talk.history[0] == "user: He ate the apple that lay there yesterday."
    assert talk.times(StartReply) == [pytest.approx(5.5, abs=0.05)]


def test_without_an_answer_it_waits_for_a_bounded_time() -> None:
    talk = stalled(preemption="off", catch_up_delay=1.0)
    covering(talk, 5.0, 3.5)
    talk.until(9.0)
    assert talk.times(StartReply) == [pytest.approx(6.0, abs=0.1)]


def test_when_the_transcriber_is_back_the_turn_waits_for_all_that_it_missed() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 3.0, "He ate the apple that lay there yesterday.")
    talk.interim(1.4)
    talk.at(1.5, lost)
    talk.at(4.0, events.TranscriberBack)
    covering(talk, 4.5, 2.0)
    covering(talk, 7.0, 3.5)
    talk.until(12.0)
    assert talk.history[0] == "user: He ate the apple that lay there yesterday."
    assert len(talk.asked) == 1


# --- what is done about it ---


@pytest.mark.parametrize("muted_at", [3.2, 99.0])
def test_the_bot_says_once_that_it_did_not_hear(muted_at: float) -> None:
    talk = stalled(deaf_timeout=4.0)
    talk.is_muted(muted_at, 99.0)
    talk.until(60.0)
    assert talk.asked == [NOT_HEARD]
    assert talk.times(StartReply) == [pytest.approx(7.6, abs=0.2)]
    assert [line for line in talk.history if line.startswith("user")] == []
    assert talk.state.turn.text == "He"
    assert talk.state.agent_state == "listening"


def test_an_outage_in_which_much_was_said_is_reported_once() -> None:
    talk = Talk(deaf_timeout=4.0)
    talk.at(0.5, lost)
    talk.says(1.0, 3.0, "He ate the apple that lay there yesterday.")
    talk.says(12.0, 13.0, "Do you hear me?")
    talk.until(30.0)
    assert talk.asked == [NOT_HEARD]


def test_late_words_of_a_fragment_stop_nothing_that_the_bot_says() -> None:
    talk = stalled(deaf_timeout=4.0)
    covering(talk, 8.5, 2.0)
    talk.until(11.0)
    assert talk.on_air == ["Release"]


def test_a_fragment_is_joined_with_what_comes_later() -> None:
    talk = stalled(deaf_timeout=4.0)
    talk.says(20.0, 21.0, "He ate it.")
    talk.final(21.2, answers=True)
    talk.until(25.0)
    assert talk.history[1] == "user: He ate the apple that lay there yesterday. He ate it."
    assert len(talk.times(FinalizeTranscript)) == 2


def test_a_typed_message_ends_the_turn_all_the_same() -> None:
    talk = stalled()
    talk.types(5.0, "Hello?")
    talk.until(6.0)
    assert talk.history[0] == "user: He Hello?"


# --- what does not count ---


@pytest.mark.parametrize("finalizing", [0.1, None])
def test_a_short_noise_behind_the_words_makes_nobody_wait(finalizing: float | None) -> None:
    talk = Talk(finalizing=finalizing, preemption="off")
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(2.1)
    talk.says(2.3, 3.1)
    talk.until(6.0)
    assert talk.times(StartReply) == [pytest.approx(3.6, abs=0.06)]


def test_a_long_noise_that_the_transcriber_reports_to_have_no_words_makes_nobody_wait() -> None:
    talk = Talk(finalizing=None, preemption="off")
    talk.says(1.0, 2.0, "What time is it?")
    talk.final(2.1)
    talk.says(2.3, 5.0)
    talk.at(4.8, lambda now: events.InterimTranscript(now, "", now - 0.2, now - 0.2))
    talk.until(8.0)
    assert talk.times(StartReply) == [pytest.approx(5.5, abs=0.06)]


def test_a_noise_without_words_makes_nobody_wait() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 1.8)
    talk.until(30.0)
    assert talk.asked == []
    assert talk.state.hearing.behind_since is None


# --- whatever happens ---


class Judged(Talk):
    """Fails when a turn ends although much of the speech so far is in no transcript."""

    def happen(self, event: Event) -> None:
        before = self.state
        super().happen(event)
        turn = self.state.turn
        if turn.number == before.turn.number and not (turn.is_endpointed and not before.turn.is_endpointed):
            return
        heard = [(begins, min(ends, self.now)) for begins, ends in self.speech if begins < self.now]
        missing = [(begins, ends) for begins, ends in heard if ends > self.covered_until]
        if missing:
            duration = missing[-1][1] - max(missing[0][0], self.covered_until)
            assert duration <= MOST_MISSING, f"{duration:.2f} s of speech before {self.now - START:.2f} are missing"


MOST_MISSING = 1.1
"""Seconds: the limit for a transcriber that never answers, and what the detector needs."""


@st.composite
def judged(draw: st.DrawFn) -> Judged:
    """A person who says some sentences, and a transcriber that is late, stalls, or is away at times."""
    talk = Judged(finalizing=draw(st.sampled_from([None, 0.1, 0.6, 3.0])), making=0.3, playing=0.5)
    ends = 1.0
    for _ in range(draw(st.integers(1, 4))):
        begins = ends + draw(st.floats(0.2, 5.0))
        words = draw(st.integers(1, 9))
        ends = begins + 0.3 * words
        talk.says(begins, ends, " ".join(f"w{word}x" for word in range(words)))
    for at in sorted(draw(st.lists(st.floats(1.0, 30.0), max_size=12))):
        covering(talk, at, at - draw(st.sampled_from([0.2, 0.3, 1.0, 2.0, 5.0])))
    for at in draw(st.lists(st.floats(1.0, 20.0), max_size=2)):
        talk.at(at, lost)
        talk.at(at + draw(st.floats(0.1, 12.0)), events.TranscriberBack)
    return talk


@given(judged())
@settings(profile, max_examples=60)
def test_no_turn_ends_while_much_of_the_speech_is_not_transcribed(talk: Judged) -> None:
    talk.until(40.0)
