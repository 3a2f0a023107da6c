"""When the older part of a conversation is summarized, and what the model reads then."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.commands import CancelSummary, ConversationEnded, StartReply, Summarize
from pipeline.messages import ConversationSummary, Message, Prompt, ToolRequest
from pipeline.turn import history
from pipeline.turn.changed import changed
from pipeline.turn.history import SUMMARY_NOTE
from pipeline.turn.lead import Lead
from pipeline.turn.policy import Policy
from pipeline.turn.prompt_bounds import begins_exchange, message_length
from pipeline.turn.reducer import step
from pipeline.turn.state import State
from pipeline.turn.summary import KEPT_SHARE, older_part
from pipeline.turn.summary_state import PendingSummary, SummaryState
from tests.pipeline.turn.kit import Talk

POLICY = Policy(summary_messages=8, summary_characters=80)


def written(roles: str, text: str = "12345") -> tuple[Message, ...]:
    """Messages by the first letters of their roles: user, bot, and tool."""
    made = {
        "u": lambda: Message("user", text, 0.0),
        "b": lambda: Message("assistant", text, 0.0),
        "t": lambda: Message("tool", text, 0.0, call=ToolRequest("1", "look", "{}")),
    }
    return tuple(made[role]() for role in roles)


@pytest.mark.parametrize(
    ("roles", "older"),
    [
        ("", ""),
        ("ubububub", ""),
        ("ububububu", "ubububub"),
        ("bubububub", "bububub"),
        ("ububububub", "ubububub"),
        ("uuuuuuuuub", ""),  # one turn, of many parts
        ("ub" + "ubtbtbtbtb", "ub"),  # never in the middle of the exchange that goes on
        ("bbbbbbbbbb", "bbbbbbbb"),  # a monologue has no exchanges
        ("btbtbtbtbt", "btbtbtbt"),
    ],
)
def test_the_older_exchanges_are_summarized_and_the_latest_stay(roles: str, older: str) -> None:
    messages = written(roles)
    assert older_part(messages, POLICY) == messages[: len(older)]


def test_long_messages_count_by_their_characters() -> None:
    assert older_part(written("ubub", "x" * 20), POLICY) == ()
    assert older_part(written("ubub", "x" * 21), POLICY) == written("ub", "x" * 21)
    assert older_part(written("ub", "x" * 1000), POLICY) == ()


def test_there_may_be_no_summaries_at_all() -> None:
    assert older_part(written("ub" * 100), Policy(summary_messages=0)) == ()


def test_a_long_history_is_summarized_in_steps_that_a_model_can_read() -> None:
    policy = Policy(summary_messages=8, max_prompt_characters=50)
    assert older_part(written("ub" * 100), policy) == written("ub" * 5)
    assert older_part(written("ub" * 100, "x" * 51), policy) == written("u", "x" * 51), "or nothing ever would be"


@given(st.text("ubt", max_size=40).map(written))
@settings(derandomize=True, deadline=None)
def test_what_stays_begins_with_a_turn_and_is_at_least_the_latest_exchange(messages: tuple[Message, ...]) -> None:
    older = older_part(messages, POLICY)
    is_much = len(messages) > 8 or sum(map(message_length, messages)) > 80
    starts = [index for index in range(1, len(messages)) if begins_exchange(messages, index)]
    if any(message.role == "user" for message in messages):
        assert not older or len(older) in starts
        assert bool(older) == (is_much and bool(starts))
    kept = messages[len(older) :]
    assert not older or len(kept) <= 8 // KEPT_SHARE or len(older) == max(starts)


# --- what the model reads ---


def numbered(*messages: Message) -> tuple[Message, ...]:
    return history.with_messages(State(), messages).history


def summarized(text: str, until: int) -> State:
    return State(
        agent=AgentProfile(instructions="Be brief."),
        history=numbered(*written("ubub")),
        message_number=4,
        summaries=SummaryState(summary=ConversationSummary(text, until)),
    )


def test_a_summary_takes_the_place_of_the_messages_before_it() -> None:
    prompt = history.prompt(summarized("Ann wants a pizza.", until=2), POLICY)
    assert prompt.instructions == f"Be brief.\n\n{SUMMARY_NOTE.format(text='Ann wants a pizza.')}"
    assert [message.role for message in prompt.messages] == ["user", "assistant"]


def test_of_what_is_to_be_forgotten_nothing_stands_in_the_prompt() -> None:
    prompt = history.prompt(summarized("", until=4), POLICY)
    assert (prompt.instructions, prompt.messages) == ("Be brief.", ())


def test_one_that_lands_behind_a_hand_over_tells_an_agent_nothing_that_is_told_nothing() -> None:
    pending = PendingSummary(summary_id="summary-1", after=0, until=2)
    before = replace(summarized("", until=0), summaries=SummaryState(pending=pending))
    after, _ = step(before, events.SummaryMade(1.0, "summary-1", "Ann wants a pizza."), POLICY)
    whole, nothing = (history.prompt(replace(after, lead=Lead(prompt_from=number)), POLICY) for number in (0, 4))
    assert "Ann wants a pizza." in whole.instructions
    assert (nothing.instructions, len(nothing.messages)) == ("Be brief.", 1)


# --- when one is made ---


def talk(turns: int = 6, *, keeps_history: bool = False) -> Talk:
    """Turns of a second every 5 s; each is answered after half a second, for 2 s."""
    talk = Talk(summary_messages=8, keeps_history=keeps_history)
    for turn in range(turns):
        talk.says(5.0 * turn + 1.0, 5.0 * turn + 2.0, f"What is number {turn}?")
        talk.final(5.0 * turn + 2.1)
    return talk


def made(talk: Talk, at: float, text: str = "They count.") -> None:
    number = count(1)
    talk.at(at, lambda now: events.SummaryMade(now, f"summary-{next(number)}", text))


def test_one_is_begun_when_the_model_has_nothing_to_do_and_shortens_the_next_prompt() -> None:
    story = talk()
    made(story, 24.9)
    story.until(35.0)
    (begun,) = story.all(Summarize)
    assert [message.number for message in begun.messages] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert begun.earlier == ""
    (at,) = story.times(Summarize)
    assert any(start < at < start + 2.0 for start in story.times(StartReply)), "while an answer is being played"
    prompts = [start.source for start in story.all(StartReply) if isinstance(start.source, Prompt)]
    assert [len(prompt.messages) for prompt in prompts] == [1, 3, 5, 7, 9, 3]
    assert "They count." in prompts[-1].instructions
    assert len(story.history) == 12, "what people read is whole"


def test_the_next_one_goes_on_from_the_last() -> None:
    story = talk(turns=9)
    made(story, 24.9, "One to four.")
    story.until(50.0)
    first, second = story.all(Summarize)
    assert second.earlier == "One to four."
    assert second.messages[0].number == first.messages[-1].number + 1


def test_a_failed_one_changes_nothing_and_is_tried_again_only_when_more_was_said() -> None:
    story = talk(turns=8)
    story.at(24.9, lambda now: events.SummaryFailed(now, "summary-1", "no"))
    story.until(40.0)
    first, second = story.all(Summarize)
    assert second.summary_id == "summary-2"
    assert second.messages[: len(first.messages)] == first.messages
    assert second.messages[-1].number >= first.messages[-1].number + 8 // KEPT_SHARE
    prompts = [start.source for start in story.all(StartReply) if isinstance(start.source, Prompt)]
    assert [len(prompt.messages) for prompt in prompts] == [1, 3, 5, 7, 9, 11, 13, 15]


def test_one_that_lands_while_an_answer_is_made_leaves_the_answer_as_it_is() -> None:
    quick, slow = talk(), talk()
    for story, at in ((quick, 40.0), (slow, 27.3)):
        made(story, at)
        story.until(35.0)
    assert slow.times(StartReply)[-1] < 27.3 < quick.times(StartReply)[-1] + 0.5
    assert slow.on_air == quick.on_air
    assert slow.times(StartReply) == quick.times(StartReply)


def leaves(story: Talk, at: float) -> None:
    story.at(at, lambda now: events.PersonLeft(now, "ann"))


def test_one_of_a_person_who_leaves_is_dropped() -> None:
    story = talk(turns=5)
    leaves(story, 24.9)
    story.at(25.5, lambda now: events.PersonLinked(now, "bob"))
    made(story, 26.0, "Ann counts.")
    story.says(27.0, 28.0, "Who was there?")
    story.final(28.1)
    story.until(33.0)
    assert [it.summary_id for it in story.all(CancelSummary)] == ["summary-1"]
    prompt = story.all(StartReply)[-1].source
    assert isinstance(prompt, Prompt)
    assert "Ann" not in prompt.instructions
    assert len(prompt.messages) == 1


def test_a_conversation_ends_with_its_summary_and_the_next_begins_without() -> None:
    story = talk(turns=5)
    made(story, 24.9)
    leaves(story, 25.0)
    story.at(25.5, lambda now: events.PersonLinked(now, "bob"))
    story.until(26.0)
    (ended,) = story.all(ConversationEnded)
    assert ended.summary == ConversationSummary("They count.", 8)
    assert len(ended.history) == 10
    assert story.state.summaries.summary is None


def test_a_conversation_that_goes_on_from_the_last_one_keeps_its_summary() -> None:
    story = talk(turns=5, keeps_history=True)
    made(story, 24.9)
    leaves(story, 25.0)
    story.at(25.5, lambda now: events.PersonLinked(now, "bob"))
    story.until(26.0)
    assert story.state.summaries.summary == ConversationSummary("They count.", 8)


def test_one_of_messages_for_which_another_stands_by_now_is_dropped() -> None:
    story = talk(turns=5)
    story.until(24.9)
    (begun,) = story.all(Summarize)
    forgotten = SummaryState(
        summary=ConversationSummary("", story.state.message_number), pending=story.state.summaries.pending, begun=1
    )
    story.state = changed(story.state, summaries=forgotten)  # as after a hand-over to an agent that is to know nothing
    story.happen(events.InterruptRequested(story.now))
    assert [it.summary_id for it in story.all(CancelSummary)] == [begun.summary_id]


def test_a_bot_without_a_language_model_makes_none() -> None:
    story = Talk(summary_messages=2, has_language_model=False)
    for at in range(8):
        story.say(float(at), f"Number {at}.")
    story.until(30.0)
    assert story.all(Summarize) == []
