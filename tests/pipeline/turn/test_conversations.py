"""A conversation has an owner: it begins when a person is linked, and ends when they have left for good."""

import pytest

from pipeline import events
from pipeline.commands import ConversationEnded, Cut, Discard, DropSpeech, ReplyCommitted, StartReply, TurnCommitted
from pipeline.messages import Message, Prompt
from tests.pipeline.turn.kit import Talk


def prompts(talk: Talk) -> list[list[str]]:
    starts = [start.source for start in talk.all(StartReply)]
    return [[message.text for message in source.messages] for source in starts if isinstance(source, Prompt)]


def two_people(**options: object) -> Talk:
    """Ann tells a secret and leaves; Bob comes and asks for it."""
    talk = Talk(**options)  # type: ignore[arg-type]
    talk.says(1.0, 2.0, "My PIN is 4711.")
    talk.at(6.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(7.0, lambda now: events.PersonLinked(now, "bob"))
    talk.says(8.0, 9.0, "What did the last caller say?")
    return talk


def test_the_next_person_is_answered_without_the_last_ones_words() -> None:
    talk = two_people()
    talk.until(12.0)
    assert prompts(talk)[-1] == ["What did the last caller say?"]


def test_a_history_may_be_kept_for_the_next_person() -> None:
    talk = two_people(keeps_history=True)
    talk.until(12.0)
    assert prompts(talk)[-1] == ["My PIN is 4711.", talk.reply, "What did the last caller say?"]


def test_the_history_is_handed_on_and_stays_until_the_next_person_comes() -> None:
    talk = two_people()
    talk.until(6.5)
    said = ["user: My PIN is 4711.", f"assistant: {talk.reply}"]
    (ended,) = talk.all(ConversationEnded)
    assert ended.identity == "ann"
    assert [f"{message.role}: {message.text}" for message in ended.history] == talk.history == said
    talk.until(7.5)
    assert talk.history == []


def test_a_reply_that_leaving_cuts_is_in_the_history_that_is_handed_on() -> None:
    talk = Talk(playing=4.0)
    talk.says(1.0, 2.0, "A story, please.")
    talk.at(4.5, lambda now: events.PersonLeft(now, "ann"))
    talk.until(6.0)
    (ended,) = talk.all(ConversationEnded)
    assert [(message.role, message.cut) for message in ended.history] == [("user", False), ("assistant", True)]
    assert len(talk.all(Cut)) == 1


def test_who_comes_back_after_having_left_begins_anew() -> None:
    talk = Talk(greeting="Hello.")
    talk.at(4.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(5.0, lambda now: events.PersonLinked(now, "ann"))
    talk.until(9.0)
    assert talk.asked == ["Hello.", "Hello."]
    assert len(talk.history) == 1


def test_who_is_gone_for_a_moment_goes_on_with_the_same_conversation() -> None:
    talk = Talk()
    talk.says(1.0, 2.0, "My name is Ann.")
    talk.at(6.0, lambda now: events.PersonAway(now, "ann"))
    talk.at(7.0, lambda now: events.PersonBack(now, "ann"))
    talk.says(8.0, 9.0, "Who am I?")
    talk.until(12.0)
    assert prompts(talk)[-1][0] == "My name is Ann."
    assert talk.all(ConversationEnded) == []


def test_the_messages_of_a_session_are_numbered_whoever_they_are_with() -> None:
    talk = two_people()
    talk.at(0.1, lambda now: events.HistoryGiven(now, (Message("user", "Earlier.", 0.0),)))
    talk.until(12.0)
    committed = [it.message for it in talk.committed]
    assert [message.number for message in committed] == [2, 3, 4, 5]
    assert [type(it) for it in talk.committed] == [TurnCommitted, ReplyCommitted] * 2


def test_queued_speech_ends_with_the_person_whom_it_was_for() -> None:
    talk = Talk(greeting="Hello.")
    talk.say(0.1, "First.")
    talk.generate(0.2, "wish")
    talk.at(0.3, lambda now: events.PersonLeft(now, "ann"))
    talk.at(1.0, lambda now: events.PersonLinked(now, "bob"))
    talk.until(9.0)
    assert [drop.reply_id for drop in talk.all(DropSpeech)] == ["First.", "wish"]
    assert talk.all(Discard) == [Discard("reply-1")], "the greeting, which was being made"
    assert talk.asked == ["Hello.", "Hello."]


def test_words_of_a_person_who_has_left_are_not_the_next_ones() -> None:
    """A transcriber is late: whose audio it was stands in the event."""
    talk = Talk()
    talk.at(1.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(1.0, lambda now: events.PersonLinked(now, "bob"))
    talk.at(1.5, lambda now: events.FinalTranscript(now, "My PIN is 4711.", now - 1.0, now - 0.6, identity="ann"))
    talk.until(6.0)
    assert talk.log == [] or talk.asked == []
    talk.at(6.5, lambda now: events.FinalTranscript(now, "What time is it?", now - 1.0, now, identity="bob"))
    talk.until(9.0)
    assert talk.asked == ["What time is it?"]


@pytest.mark.parametrize("identity", ["ann", "eve"])
def test_messages_and_departures_of_others_change_nothing(identity: str) -> None:
    talk = Talk()
    talk.at(1.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(1.0, lambda now: events.PersonLinked(now, "bob"))
    talk.at(2.0, lambda now: events.TextReceived(now, identity, "Hello?"))
    talk.at(3.0, lambda now: events.PersonLeft(now, identity))
    talk.until(5.0)
    assert talk.asked == []
    assert talk.state.linked == "bob"
