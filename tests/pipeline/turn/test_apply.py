"""What an event changes by itself."""

from collections.abc import Callable

import pytest

from pipeline import events
from pipeline.commands import Cut, Discard, FinalizeTranscript, ShowPersonText, StartReply, WarmUp
from pipeline.events import Event
from pipeline.turn.reducer import step
from pipeline.turn.state import Presence
from tests.pipeline.turn.kit import Talk

# --- transcripts ---


def test_a_final_takes_the_place_of_the_interims_and_the_next_one_comes_behind_it() -> None:
    talk = Talk()
    talk.says(1.0, 3.0, "I would like a pizza with cheese.")
    talk.interim(2.0, "I would hike")
    talk.final(2.2)
    talk.interim(2.6)
    talk.until(2.7)
    assert talk.state.turn.text == "I would like a pizza"
    talk.until(5.0)
    assert talk.history[0] == "user: I would like a pizza with cheese."


def test_a_sentence_that_goes_on_behind_a_pause_is_one_sentence() -> None:
    """The transcriber has ended it with a full stop."""
    talk = Talk()
    talk.says(1.0, 2.0, "I would like.")
    talk.final(2.1)
    talk.says(2.3, 3.0, "a pizza.")
    talk.interim(2.8)
    talk.until(2.9)
    assert talk.state.turn.text == "I would like a"
    talk.until(5.0)
    assert talk.history[0] == "user: I would like a pizza."


@pytest.mark.parametrize("at", [2.3, 3.5])
def test_a_final_that_comes_twice_is_one(at: float) -> None:
    """Before the end of the turn, and when it is answered."""
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.final_again(at)
    talk.until(9.0)
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


def test_a_final_of_words_that_were_taken_as_an_interim_is_no_new_turn() -> None:
    talk = Talk(finalizing=None)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(2.1)
    talk.final(3.5)
    talk.until(9.0)
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


def test_words_behind_those_that_were_answered_are_a_new_turn() -> None:
    talk = Talk(finalizing=None, playing=4.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(2.1)
    talk.says_unnoticed(2.2, 2.8, "In London?")
    talk.final(3.5)
    talk.until(8.0)
    assert talk.history[:3] == ["user: What time is it?", "assistant: One —", "user: In London?"]


def test_words_that_were_taken_back_and_come_after_all_are_not_lost() -> None:
    """Nothing of them was answered, so they are no doubles."""
    talk = Talk(finalizing=None)
    talk.says(1.0, 1.5, "Stop.")
    talk.interim(1.6)
    talk.interim(1.7, "")
    talk.final(4.0)
    talk.until(7.0)
    assert talk.history[0] == "user: Stop."


def test_what_the_person_says_is_shown_as_they_say_it() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.interim(1.6)
    talk.says(6.0, 7.0, "Thank you.")
    talk.until(9.0)
    assert talk.all(ShowPersonText) == [
        ShowPersonText("turn-1", "What time", is_final=False),
        ShowPersonText("turn-1", "What time is it?", is_final=False),
        ShowPersonText("turn-1", "What time is it?", is_final=True),
        ShowPersonText("turn-2", "Thank you.", is_final=False),
        ShowPersonText("turn-2", "Thank you.", is_final=True),
    ]


@pytest.mark.parametrize(
    ("finals", "interim", "whole"),
    [
        (["你好。"], "我想订餐。", "你好。我想订餐。"),
        (["はい。", "お願い"], "します。", "はい。お願いします。"),
        (["สวัสดีครับ"], "ผมอยากจองโต๊ะครับ", "สวัสดีครับผมอยากจองโต๊ะครับ"),
        (["네."], "예약하고 싶어요.", "네. 예약하고 싶어요."),
        (["我用"], "iPhone 订餐。", "我用 iPhone 订餐。"),
        (["Hello."], "I am Ann.", "Hello. I am Ann."),
    ],
)
def test_what_is_said_is_joined_as_its_script_is_written(finals: list[str], interim: str, whole: str) -> None:
    """In the captions and the history alike."""
    talk = Talk(finalizing=None)
    talk.says(1.0, 3.0)
    for number, final in enumerate(finals):
        talk.final(1.5 + 0.5 * number, final)
    talk.interim(3.05, interim)
    talk.until(3.06)
    assert talk.state.turn.text == whole
    talk.until(9.0)
    assert talk.history[0] == f"user: {whole}"
    assert talk.all(ShowPersonText)[-1].text == whole


def test_connections_are_made_ready_when_somebody_begins_to_speak() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(2.0)
    assert talk.times(WarmUp) == [pytest.approx(1.08, abs=0.04)]


# --- typed text ---


def test_a_typed_text_is_a_turn_of_its_own_that_waits_for_nothing() -> None:
    talk = Talk()
    talk.types(1.0, " What time is it? ")
    talk.until(5.0)
    assert talk.times(StartReply) == [1.0]
    assert talk.all(FinalizeTranscript) == []
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]
    assert talk.all(ShowPersonText) == []


def test_a_typed_text_is_answered_though_there_are_no_ears() -> None:
    talk = Talk()
    talk.at(0.5, lambda now: events.TranscriberLost(now, "gone"))
    talk.types(1.0, "What time is it?")
    talk.until(5.0)
    assert talk.times(StartReply) == [1.0]


@pytest.mark.parametrize("text", ["Stop.", "Yes."])
def test_a_typed_text_interrupts_whatever_it_is(text: str) -> None:
    talk = Talk(playing=10.0)
    talk.say(1.0, "A story.")
    talk.types(3.0, text)
    talk.until(4.0)
    assert talk.times(Cut) == [3.0]
    assert talk.asked == ["A story.", text]


def test_a_typed_text_waits_for_what_must_not_be_interrupted() -> None:
    talk = Talk()
    talk.say(1.0, "A warning.", is_interruptible=False)
    talk.types(2.0, "Stop.")
    talk.until(6.0)
    assert talk.history[:2] == [f"assistant: {talk.reply}", "user: Stop."]


def test_a_final_that_comes_again_after_a_typed_text_is_no_new_turn() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.types(6.0, "Thanks.")
    talk.final_again(10.0)
    talk.until(14.0)
    assert [line for line in talk.history if line.startswith("user")] == ["user: What time is it?", "user: Thanks."]


def test_a_typed_text_comes_behind_what_was_said_before_it() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "I want to go to")
    talk.types(2.4, "Llanfairpwll")
    talk.types(2.5, "in Wales")
    talk.until(5.0)
    assert talk.history[0] == "user: I want to go to Llanfairpwll\nin Wales"


def test_an_empty_text_is_none() -> None:
    talk = Talk()
    talk.types(1.0, "  \n")
    talk.until(5.0)
    assert talk.log == []


# --- who is there ---


def test_of_who_has_left_nothing_is_left_over_but_their_words() -> None:
    talk = Talk(greeting="Hello.", making=9.0)
    talk.says(1.0, 2.0, "I want to")
    talk.at(2.5, lambda now: events.PersonLeft(now, "ann"))
    talk.until(8.0)
    assert talk.history == ["user: I want to"]
    assert talk.all(ShowPersonText)[-1] == ShowPersonText("turn-1", "I want to", is_final=True)
    assert talk.all(Discard) == [Discard("reply-1")]
    assert (talk.state.pending_reply, talk.state.speech_queue, talk.state.presence) == (None, (), Presence.NOBODY)


def test_the_draft_for_who_has_left_is_discarded() -> None:
    talk = Talk(making=9.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.4, lambda now: events.PersonLeft(now, "ann"))
    talk.until(8.0)
    assert talk.history == ["user: What time is it?"]
    assert talk.all(Discard) == [Discard("reply-1")]


def test_who_is_linked_next_is_answered_about_their_own_words() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "I want to")
    talk.at(2.5, lambda now: events.PersonLeft(now, "ann"))
    talk.at(3.0, lambda now: events.PersonLinked(now, "bob"))
    talk.says(4.0, 5.0, "What time is it?")
    talk.until(3.5)
    assert talk.history == []
    talk.until(8.0)
    assert talk.asked == ["What time is it?"]
    assert talk.history[0] == "user: What time is it?"


# --- no language model ---


def test_without_a_language_model_turns_are_taken_down_only() -> None:
    talk = Talk(has_language_model=False)
    talk.says(1.0, 2.0, "What time is it?")
    talk.types(4.0, "Hello?")
    talk.say(4.5, "It is late.")
    talk.until(9.0)
    assert talk.history == ["user: What time is it?", "user: Hello?", f"assistant: {talk.reply}"]
    assert talk.asked == ["It is late."]


# --- what belongs to nothing that is known ---


@pytest.mark.parametrize(
    "make",
    [
        lambda at: events.ReplyReady(at, "foreign"),
        lambda at: events.ReplyFailed(at, "foreign", "no"),
        lambda at: events.ReplyEnded(at, "foreign", "Heard", is_cut=False),
        lambda at: events.ReplyEnded(at, "foreign", "Heard", is_cut=False, error="no"),
        lambda at: events.PlayoutStarted(at, "foreign"),
        lambda at: events.ReplyWritten(at, "foreign"),
        lambda at: events.SayCancelled(at, "foreign"),
    ],
)
@pytest.mark.parametrize("moment", [0.5, 1.5, 2.4, 2.58, 3.0])
def test_events_of_unknown_replies_change_nothing(moment: float, make: Callable[[float], Event]) -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(moment)
    assert step(talk.state, make(talk.state.at), talk.policy) == (talk.state, ())
