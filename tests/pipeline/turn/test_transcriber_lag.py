"""A transcriber that is behind: when that is known, that no fragment is a turn, and what does not count as it."""

from collections.abc import Sequence

import pytest
from hypothesis import given

from pipeline import events
from pipeline.commands import FinalizeTranscript, StartReply
from pipeline.events import Event
from tests.pipeline.turn.chaos import Chaos, Move, moves
from tests.pipeline.turn.kit import START, Talk
from tests.pipeline.turn.test_properties import played, profile
from tests.support.setups import Setup, setups

NOT_HEARD = "Sorry, I could not hear you. Could you say that again?"


def lost(at: float) -> events.TranscriberLost:
    return events.TranscriberLost(at, "gone")


def stalled(**policy: object) -> Talk:
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
    assert talk.state.transcriber_lag(START + 4.0) == pytest.approx(2.6, abs=0.1)


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
    covering(talk, 5.0, 3.1)
    talk.until(9.0)
    assert talk.times(StartReply) == [pytest.approx(6.0, abs=0.1)]


def test_when_the_transcriber_is_back_the_turn_waits_for_all_that_it_missed() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 3.0, "He ate the apple that lay there yesterday.")
    talk.interim(1.4)
    talk.at(1.5, lost)
    talk.at(4.0, events.TranscriberBack)
    covering(talk, 4.5, 2.0)
    covering(talk, 7.0, 3.1)
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


class Fragments(Chaos):
    """Checks that no turn ends while it is known that words are missing."""

    def happen(self, event: Event) -> None:
        before = self.state
        super().happen(event)
        ended = self.state.turn.is_endpointed or self.state.turn.number > before.turn.number
        if not ended or before.turn.typed or isinstance(event, events.PersonLeft | events.TextReceived):
            return
        hearing, policy = self.state.hearing, self.policy
        missing = hearing.speech_ended_at - max(hearing.untranscribed_since, hearing.transcribed_until)
        assert hearing.lost_at is None or missing <= 0, "the transcriber is away, and speech is not transcribed"
        assert missing <= policy.stall_limit, "much of the speech is not transcribed"
        assert hearing.behind_since is None


@given(moves, setups)
@profile
def test_no_turn_ends_while_words_are_known_to_be_missing(moves: Sequence[Move], setup: Setup) -> None:
    played(moves, setup, Fragments)
