"""What an embedding program asks of the conversation: replies, other instructions, silence unless told."""

from functools import partial

import pytest

from pipeline import events
from pipeline.commands import Discard, Release, StartReply
from pipeline.messages import Message, Prompt
from tests.pipeline.turn.kit import Talk


def prompts(talk: Talk) -> list[Prompt]:
    return [start.source for start in talk.all(StartReply) if isinstance(start.source, Prompt)]


def test_a_reply_that_is_asked_for_is_made_with_the_history_of_that_moment_when_it_is_quiet() -> None:
    talk = Talk(playing=2.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.generate(1.5, "wish", "Ask for their name.")
    talk.until(9.0)
    answer, wish = prompts(talk)
    assert [message.text for message in answer.messages] == ["What time is it?"]
    assert [message.role for message in wish.messages] == ["user", "assistant", "user"]
    assert wish.messages[-1].text.endswith("Ask for their name.)")
    assert [reply.reply_id for reply in talk.all(Release)] == ["reply-1", "wish"]


def test_a_reply_that_was_asked_for_is_made_anew_when_the_conversation_has_gone_on() -> None:
    """Its caller waits for one outcome all the while: it keeps its id."""
    talk = Talk(making=2.0)
    talk.generate(1.0, "wish", "Ask for their name.")
    talk.types(1.5, "My name is Ann.")
    talk.until(12.0)
    first, _, second = prompts(talk)
    assert [message.text for message in first.messages] == [second.messages[-1].text]
    assert "My name is Ann." in second.messages[0].text
    assert [discard.reply_id for discard in talk.all(Discard)] == ["wish"]
    assert [reply.reply_id for reply in talk.all(Release)] == ["reply-1", "wish"]


def test_a_reply_that_was_asked_for_is_made_anew_when_the_agent_has_changed() -> None:
    talk = Talk(making=2.0, instructions="Be brief.")
    talk.generate(1.0, "wish")
    talk.at(2.0, lambda now: events.InstructionsChanged(now, "Be a pirate."))
    talk.until(9.0)
    assert [prompt.instructions for prompt in prompts(talk)] == ["Be brief.", "Be a pirate."]
    assert [reply.reply_id for reply in talk.all(Release)] == ["wish"]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ([("Be kind.", False)], "Be brief."),
        ([("Be kind.", True)], "Be kind."),
        ([("Be kind.", False), ("Be a pirate.", True)], "Be a pirate."),
        ([("Be a pirate.", True), ("Be kind.", False)], "Be a pirate."),
    ],
)
def test_instructions_that_do_not_last_end_with_the_conversation(changes: list[tuple[str, bool]], left: str) -> None:
    talk = Talk(instructions="Be brief.")
    for number, (text, lasts) in enumerate(changes):
        talk.at(1.0 + number, partial(events.InstructionsChanged, instructions=text, lasts=lasts))
    talk.until(4.0)
    assert talk.state.agent.instructions == changes[-1][0]
    talk.at(5.0, lambda now: events.PersonLeft(now, "ann"))
    talk.until(6.0)
    assert talk.state.agent.instructions == left


def test_a_reply_without_instructions_goes_on_with_the_conversation() -> None:
    talk = Talk()
    talk.generate(1.0, "wish")
    talk.until(5.0)
    (wish,) = prompts(talk)
    assert "Go on" in wish.messages[-1].text
    assert talk.history == [f"assistant: {talk.reply}"]


def test_new_instructions_hold_from_the_next_answer_on_and_a_draft_is_made_anew() -> None:
    talk = Talk(making=2.0, instructions="Be brief.")
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.9, lambda now: events.InstructionsChanged(now, "Be a pirate."))
    talk.until(12.0)
    assert [prompt.instructions for prompt in prompts(talk)] == ["Be brief.", "Be a pirate."]
    assert [discard.reply_id for discard in talk.all(Discard)] == ["reply-1"]
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


def test_a_manual_bot_takes_turns_down_and_answers_nothing() -> None:
    talk = Talk()
    talk.at(0.1, lambda now: events.AnsweringChanged(now, False))
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(5.0)
    assert (talk.history, talk.all(StartReply)) == (["user: What time is it?"], [])
    talk.generate(5.0, "wish")
    talk.says(10.0, 11.0, "And now?")
    talk.until(15.0)
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}", "user: And now?"]


def test_a_turn_that_waits_for_its_answer_when_answering_ends_is_not_lost() -> None:
    talk = Talk(making=3.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(3.0, lambda now: events.AnsweringChanged(now, False))
    talk.until(10.0)
    assert (talk.history, talk.all(Release)) == (["user: What time is it?"], [])
    assert len(talk.all(Discard)) == 1


def test_answering_goes_on_when_it_is_switched_on_again() -> None:
    talk = Talk()
    talk.at(0.1, lambda now: events.AnsweringChanged(now, False))
    talk.at(3.0, lambda now: events.AnsweringChanged(now, True))
    talk.says(4.0, 5.0, "What time is it?")
    talk.until(10.0)
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_history_that_is_given_is_what_the_model_is_told(is_cut: bool) -> None:
    talk = Talk()
    given = (Message("user", "I am Ann.", 5.0), Message("assistant", "Hello Ann", 6.0, cut=is_cut))
    talk.at(0.1, lambda now: events.HistoryGiven(now, given))
    talk.says(1.0, 2.0, "Who am I?")
    talk.until(5.0)
    assert [message.text for message in prompts(talk)[0].messages] == [
        "I am Ann.",
        "Hello Ann —" if is_cut else "Hello Ann",
        "Who am I?",
    ]
    assert [message.at for message in talk.state.history[:2]] == [pytest.approx(talk.state.history[0].at)] * 2
