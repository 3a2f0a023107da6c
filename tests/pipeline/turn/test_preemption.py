"""When a reply is begun before the turn is over, and whether it is still the answer."""

import pytest

from pipeline import events
from pipeline.commands import Discard, Release, Speak, StartReply, WarmUp
from tests.pipeline.turn.kit import Make, Talk


def test_a_draft_is_started_at_a_pause() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(2.4)
    assert talk.times(StartReply) == [pytest.approx(2.21, abs=0.04)]  # Finalize, and its answer
    assert not talk.state.turn.is_endpointed
    assert talk.history == []


def test_an_interim_that_looks_complete_is_enough_for_a_draft_when_it_covers_nearly_all_that_was_said() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(1.8, "What time is it?")
    talk.until(2.15)
    assert talk.times(StartReply) == []
    talk.interim(2.2)
    talk.until(2.3)
    assert talk.times(StartReply) == [2.2]


@pytest.mark.parametrize("text", ["what time is it", "What time is"])
def test_an_interim_that_may_go_on_is_not(text: str) -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0, text)
    talk.interim(2.2)
    talk.until(2.5)
    assert talk.times(StartReply) == []


@pytest.mark.parametrize(("until", "is_enough"), [(1.8, False), (1.9, True)])
def test_an_interim_may_lag_a_little_behind_the_end_of_the_speech(until: float, is_enough: bool) -> None:
    talk = Talk(finalizing=None, transcript_lag=0.15)
    talk.says(1.0, 2.0)
    talk.interim(until, "What time is it?")
    talk.until(2.2)
    assert len(talk.all(StartReply)) == is_enough


@pytest.mark.parametrize("first", ["I have a question.", "I have a question"])
def test_a_final_is_not_answered_while_something_after_it_is_not_transcribed(first: str) -> None:
    talk = Talk(finalizing=0.2)
    talk.says(1.0, 1.6, first)
    talk.says(1.65, 3.0, "What time is it?")
    talk.final(1.65)
    talk.until(4.5)
    assert talk.asked == [f"{first} What time is it?"]


@pytest.mark.parametrize("text", ["Hello there.", "Hello there"])
def test_the_answer_to_finalize_covers_all_that_was_said_whatever_its_times_are(text: str) -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0)
    talk.at(2.2, lambda now: events.FinalTranscript(now, text, now - 1.2, now - 0.4, answers_finalize=True))
    talk.until(2.3)
    assert talk.times(StartReply) == [2.2]


@pytest.mark.parametrize(
    ("lose", "regain"),
    [
        (events.ConnectionLost, events.ConnectionRestored),
        (lambda at: events.PersonAway(at, "ann"), lambda at: events.PersonBack(at, "ann")),
    ],
)
def test_no_reply_is_begun_while_nobody_can_hear_it(lose: Make, regain: Make) -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.1, lose)
    talk.at(4.0, regain)
    talk.until(5.0)
    assert talk.times(StartReply) == [4.0]


def test_a_final_that_leads_on_is_not_answered_before_the_end() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "I want to")
    talk.until(6.0)
    assert talk.times(StartReply) == [pytest.approx(3.8, abs=0.05)]


def test_nothing_is_drafted_while_the_transcriber_is_away() -> None:
    talk = Talk(finalizing=None, max_drafts=9)
    talk.says(1.0, 2.0, "I have a question.")
    talk.says(2.5, 3.0, "Or two.")
    talk.final(2.4, "I have a question.")
    talk.at(2.9, lambda now: events.TranscriberLost(now, "gone"))
    talk.until(5.0)
    assert talk.times(StartReply) == [2.4]


def test_a_turn_whose_text_did_not_change_takes_one_reply() -> None:
    """An interim, the answer to Finalize, the end of the turn: the words stay the same but for case and marks."""
    talk = Talk(finalizing=0.3)
    talk.says(1.0, 2.0, "What time, um, is it?")
    talk.interim(2.15, "what time is it?")
    talk.until(6.0)
    assert len(talk.all(StartReply)) == 1
    assert talk.history == ["user: What time, um, is it?", f"assistant: {talk.reply}"]


def test_other_words_discard_the_draft_and_begin_another_one() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.4, 3.0, "In London?")
    talk.until(6.0)
    assert talk.asked == ["What time is it?", "What time is it? In London?"]
    assert talk.all(Discard) == [Discard("reply-1")]
    assert talk.all(Release) == [Release("reply-2")]
    assert talk.history[0] == "user: What time is it? In London?"


def test_the_connection_that_a_discarded_draft_has_closed_is_made_ready_again() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.4, 3.0, "In London?")
    talk.until(6.0)
    (at,) = talk.times(Discard)
    assert at in talk.times(WarmUp)


def test_a_noise_in_the_pause_does_not_cost_the_draft() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.3, 2.45)
    talk.until(6.0)
    assert len(talk.all(StartReply)) == 1
    assert talk.times(Release) == [pytest.approx(2.95, abs=0.07)]


def test_drafts_of_one_turn_are_bounded() -> None:
    talk = Talk(max_drafts=2)
    for second, name in enumerate(("Ann.", "Bob.", "Carl.", "Dora.", "Emil."), start=1):
        talk.says(second, second + 0.6, name)
    talk.until(9.0)
    assert talk.asked == ["Ann.", "Ann. Bob.", "Ann. Bob. Carl. Dora. Emil."]


def test_a_draft_of_words_that_were_taken_back_is_forgotten() -> None:
    """Else it would stand in the way of what is to be said next."""
    talk = Talk(finalizing=None)
    talk.says(1.0, 1.5, "Stop.")
    talk.interim(1.7)
    talk.interim(1.8, "")
    talk.until(4.0)
    assert talk.all(Discard) == [Discard("reply-1")]
    assert talk.state.pending_reply is None
    assert talk.state.floor.value == "silent"


def test_words_that_are_taken_back_at_the_last_moment_are_not_answered() -> None:
    talk = Talk(finalizing=None, making=5.0)
    talk.says(1.0, 1.5, "Stop.")
    talk.interim(1.7)
    talk.interim(2.5, "")
    talk.say(3.0, "Are you there?")
    talk.until(12.0)
    assert talk.history == [f"assistant: {talk.reply}"]
    assert talk.all(Release) == [Release("Are you there?")]


def test_a_late_word_changes_the_question_until_the_answer_is_heard() -> None:
    talk = Talk(finalizing=None, making=1.0)
    talk.says(1.0, 2.0, "What time is it now?")
    talk.interim(2.1, "What time is it?")
    talk.final(2.9)
    talk.until(6.0)
    assert talk.asked == ["What time is it?", "What time is it now?"]
    assert talk.history[0] == "user: What time is it now?"


@pytest.mark.parametrize(
    ("preemption", "done"),
    [
        ("off", ["StartReply", "Release"]),
        ("llm", ["StartReply", "Speak", "Release"]),
        ("llm+tts", ["StartReply", "Release"]),
    ],
)
def test_how_far_a_reply_is_made_before_the_end(preemption: str, done: list[str]) -> None:
    talk = Talk(preemption=preemption)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(2.4)
    assert len(talk.all(StartReply)) == (preemption != "off")
    assert talk.all(Speak) == []
    talk.until(6.0)
    kinds = [type(command).__name__ for _, command in talk.log]
    assert [kind for kind in kinds if kind in ("StartReply", "Speak", "Discard", "Release")] == done
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


def test_a_draft_of_text_alone_is_not_spoken_when_it_is_no_longer_the_answer() -> None:
    talk = Talk(preemption="llm")
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.4, 3.0, "In London")
    talk.until(7.0)
    assert talk.all(Speak) == [Speak("reply-2")]
    assert talk.all(Discard) == [Discard("reply-1")]
