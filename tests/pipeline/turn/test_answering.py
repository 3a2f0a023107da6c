"""What goes on air, and when: answers, texts that were asked for, greetings, apologies."""

from collections.abc import Callable

import pytest

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.commands import Cut, Discard, DropSpeech, Release, StartReply
from pipeline.events import Event
from tests.pipeline.turn.kit import Talk


@pytest.mark.parametrize(("making", "released_at"), [(0.1, 2.5), (0.42, 2.63), (1.5, 3.71)])
def test_an_answer_is_released_at_the_later_of_the_end_and_its_first_audio(making: float, released_at: float) -> None:
    talk = Talk(making=making)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(5.0)
    assert talk.times(Release) == [pytest.approx(released_at, abs=0.06)]


def test_the_turn_enters_the_history_when_its_answer_is_released() -> None:
    talk = Talk(making=1.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(3.1)
    assert (talk.history, talk.state.agent_state) == ([], "thinking")
    talk.until(3.4)
    assert (talk.history, talk.state.agent_state) == (["user: What time is it?"], "speaking")


def test_who_goes_on_before_the_answer_is_audible_goes_on_with_the_same_turn() -> None:
    talk = Talk(making=1.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.8, 3.5, "In London, I mean.")
    talk.until(8.0)
    assert talk.history == ["user: What time is it? In London, I mean.", f"assistant: {talk.reply}"]
    assert talk.all(Cut) == []


def test_who_begins_to_speak_just_before_the_answer_is_audible_is_not_talked_over() -> None:
    """The detector is not yet sure, but the window before the release was of speech."""
    talk = Talk(making=0.5)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.66, 3.4, "In London, I mean.")
    talk.until(8.0)
    assert talk.history[0] == "user: What time is it? In London, I mean."
    assert len(talk.all(Release)) == 1


def test_a_click_delays_the_answer_by_a_moment_only() -> None:
    talk = Talk(making=0.5)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.66, 2.68)
    talk.stalls(2.7, 9.0)
    talk.until(4.0)
    assert 2.75 < talk.times(Release)[0] < 2.85


def test_a_noise_that_is_now_and_then_like_speech_does_not_keep_the_answer_back() -> None:
    talk = Talk(making=0.5)
    talk.says(1.0, 2.0, "What time is it?")
    for window in range(80, 200, 2):  # never two in a row
        talk.says(window * 0.032, (window + 1) * 0.032)
    talk.until(6.0)
    assert talk.times(Release)[0] < 2.71 + 0.11


def test_two_sentences_with_a_breath_between_them_are_one_question() -> None:
    talk = Talk()
    talk.says(1.0, 2.5, "I went to the market yesterday.")
    talk.says(3.1, 4.0, "What should I cook?")
    talk.until(9.0)
    assert talk.history[0] == "user: I went to the market yesterday. What should I cook?"


# --- texts that were asked for ---


def test_texts_are_spoken_one_after_the_other() -> None:
    talk = Talk()
    talk.say(1.0, "First.")
    talk.say(1.1, "Second.")
    talk.until(8.0)
    assert talk.all(Release) == [Release("First."), Release("Second.")]
    assert talk.history == [f"assistant: {talk.reply}"] * 2


def test_a_text_waits_for_who_speaks_and_for_the_answer_to_them() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.say(1.5, "It is late.")
    talk.until(9.0)
    assert talk.all(Release) == [Release("reply-1"), Release("It is late.")]


def test_a_text_that_is_being_made_when_somebody_speaks_is_kept_for_later() -> None:
    talk = Talk()
    talk.say(0.9, "It is late.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(9.0)
    assert talk.all(Release) == [Release("reply-1"), Release("It is late.")]
    assert len(talk.all(StartReply)) == 2


def test_a_text_waits_for_the_first_person() -> None:
    talk = Talk(is_joined=False)
    talk.say(1.5, "Welcome.")
    talk.until(6.0)
    assert (talk.all(StartReply), talk.all(Release)) == ([], [])
    talk.joins(7.0)
    talk.until(8.0)
    assert talk.all(Release) == [Release("Welcome.")]


def test_a_text_waits_for_a_person_who_is_gone_for_a_moment_and_is_dropped_when_they_have_left() -> None:
    talk = Talk()
    talk.at(1.0, lambda now: events.PersonAway(now, "ann"))
    talk.say(1.5, "Are you there?")
    talk.at(3.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(7.0, lambda now: events.PersonLinked(now, "ben"))
    talk.until(9.0)
    assert (talk.all(StartReply), talk.all(Release)) == ([], [])
    assert talk.all(DropSpeech) == [DropSpeech("Are you there?")]


def test_a_text_asked_for_between_two_people_is_for_the_next_one() -> None:
    talk = Talk()
    talk.at(1.0, lambda now: events.PersonLeft(now, "ann"))
    talk.say(1.5, "Hello, next one.")
    talk.at(3.0, lambda now: events.PersonLinked(now, "ben"))
    talk.until(5.0)
    assert talk.all(Release) == [Release("Hello, next one.")]


@pytest.mark.parametrize(("at", "orders"), [(1.2, [Discard("Never mind.")]), (2.0, [Cut("Never mind.")]), (5.0, [])])
def test_a_text_can_be_called_off_at_any_time(at: float, orders: list[object]) -> None:
    talk = Talk()
    talk.at(at, lambda now: events.SayCancelled(now, "Never mind."))
    talk.say(1.0, "Never mind.")
    talk.until(6.0)
    assert [*talk.all(Discard), *talk.all(Cut)] == orders


@pytest.mark.parametrize("make", [events.ReplyReady, lambda at, of: events.ReplyFailed(at, of, "no")])
def test_nothing_is_known_of_a_text_before_it_is_made(make: Callable[[float, str], Event]) -> None:
    talk = Talk()
    talk.says(1.0, 2.0)
    talk.say(1.5, "It is late.")
    talk.at(1.8, lambda now: make(now, "It is late."))
    talk.until(9.0)
    assert talk.times(StartReply)[0] < talk.times(Release)[0]


def test_a_text_that_cannot_be_made_makes_room_for_the_next() -> None:
    talk = Talk(making=None)
    talk.say(1.0, "First.")
    talk.say(1.0, "Second.")
    talk.fails(1.5, "First.")
    talk.until(2.0)
    assert [start.reply_id for start in talk.all(StartReply)] == ["First.", "Second."]


# --- greetings ---


def test_somebody_who_comes_is_greeted_once() -> None:
    talk = Talk(greeting="Hello.")
    talk.at(0.2, lambda now: events.PersonLinked(now, "ann"))
    talk.until(5.0)
    assert talk.asked == ["Hello."]
    assert talk.history == [f"assistant: {talk.reply}"]


def test_the_next_person_is_greeted_too() -> None:
    talk = Talk(greeting="Hello.")
    talk.at(4.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(4.0, lambda now: events.PersonLinked(now, "bob"))
    talk.until(9.0)
    assert talk.asked == ["Hello.", "Hello."]


@pytest.mark.parametrize("making", [0.42, 30.0])
def test_a_greeting_is_dropped_when_the_person_speaks_first(making: float) -> None:
    """Whether it is ready, or not yet."""
    talk = Talk(greeting="Hello.", making=making)
    talk.says(0.1, 1.0, "What time is it?")
    talk.until(2.0)
    assert talk.all(Discard) == [Discard("reply-1")]
    talk.until(40.0)
    assert talk.all(Release) == [Release("reply-2")]


def test_who_speaks_while_the_bot_comes_in_is_not_greeted_after_the_answer() -> None:
    talk = Talk(is_joined=False, greeting="Hello.")
    talk.says(0.1, 1.5, "Is anybody there?")
    talk.joins(1.0)
    talk.until(9.0)
    assert talk.asked == ["Is anybody there?"]


def test_a_greeting_can_be_talked_over() -> None:
    talk = Talk(greeting="Hello.")
    talk.says(1.0, 2.0, "Stop that.")
    talk.interim(1.6)
    talk.until(1.7)
    assert talk.history == ["assistant: One two —"]


def test_what_each_person_must_hear_comes_before_the_greeting() -> None:
    talk = Talk(announcement="You are recorded.", greeting="Hello.")
    talk.until(5.0)
    assert talk.asked == ["You are recorded.", "Hello."]
    assert talk.all(Release) == [Release("reply-1"), Release("reply-2")]
    talk.at(5.5, lambda now: events.PersonLeft(now, "ann"))
    talk.at(6.0, lambda now: events.PersonLinked(now, "bob"))
    talk.until(12.0)
    assert talk.asked == ["You are recorded.", "Hello."] * 2


def test_what_each_person_must_hear_is_not_talked_over_and_not_dropped() -> None:
    talk = Talk(announcement="You are recorded.", greeting="Hello.", making=1.5)
    talk.says(0.1, 1.0, "What time is it?")  # while it is made...
    talk.says(2.2, 2.8, "Stop that.")  # ...and while it is said
    talk.interim(2.6)
    talk.until(40.0)
    assert talk.history[0] == f"assistant: {talk.reply}"
    assert "Hello." not in talk.asked


# --- apologies ---


def test_after_a_failure_the_bot_apologizes_and_asks_nobody_again() -> None:
    """Providers were asked again before, within the budget of the reply."""
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.8, "reply-1")
    talk.until(4.0)
    assert talk.asked == ["What time is it?", "Sorry."]
    assert talk.history == ["user: What time is it?"]


def test_after_a_failed_draft_the_bot_apologizes_at_the_end_of_the_turn() -> None:
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.3, "reply-1")
    talk.until(4.0)
    assert talk.asked == ["What time is it?", "Sorry."]
    assert talk.times(StartReply) == [pytest.approx(2.2, abs=0.05), pytest.approx(2.53, abs=0.05)]


def test_an_apology_comes_before_other_texts() -> None:
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.say(2.7, "It is late.")
    talk.fails(2.8, "reply-1")
    talk.until(4.0)
    assert talk.asked == ["What time is it?", "Sorry."]


def test_who_tries_again_is_not_held_to_the_failures_before() -> None:
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.3, "reply-1")
    talk.says(2.4, 3.0, "In London?")
    talk.until(4.0)
    assert talk.asked == ["What time is it?", "What time is it? In London?"]


def test_an_apology_that_cannot_be_made_is_no_reason_for_another_one() -> None:
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.8, "reply-1")
    talk.fails(3.0, "reply-2")
    talk.until(9.0)
    assert talk.asked == ["What time is it?", "Sorry.", AgentProfile().spoken_trouble], "which needs no voice"


def test_an_empty_apology_is_none() -> None:
    talk = Talk(making=None, apology="")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.8, "reply-1")
    talk.until(4.0)
    assert talk.asked == ["What time is it?"]
    assert talk.history == ["user: What time is it?"]


def test_an_answer_that_breaks_off_is_followed_by_an_apology() -> None:
    talk = Talk(apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.breaks_off(3.5, "reply-1")
    talk.until(8.0)
    assert talk.asked == ["What time is it?", "Sorry."]
    assert talk.history == ["user: What time is it?", "assistant: One two", f"assistant: {talk.reply}"]


def test_who_asked_for_a_text_is_told_of_its_failure_and_not_the_person() -> None:
    talk = Talk(apology="Sorry.")
    talk.say(1.0, "It is late.")
    talk.breaks_off(2.5, "It is late.")
    talk.until(6.0)
    assert talk.asked == ["It is late."]


def test_nobody_is_apologized_to_after_another_answer() -> None:
    talk = Talk(making=None, apology="Sorry.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.8, "reply-1")
    talk.says(3.0, 4.0, "Are you there?")
    talk.until(6.0)
    assert talk.asked == ["What time is it?", "Sorry.", "What time is it?\nAre you there?"]
    assert talk.all(Discard) == [Discard("reply-2")]
