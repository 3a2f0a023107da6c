"""The conversation as it was heard, and as the language model is told of it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.agent import AgentProfile
from pipeline.commands import StartReply, StaticText
from pipeline.messages import Message, Prompt, ToolRequest
from pipeline.text.marks import CODE_BLOCK, SILENT_TEXT, not_spoken
from pipeline.turn import history
from pipeline.turn.caller import Caller, Turn
from pipeline.turn.policy import Policy
from pipeline.turn.prompt_bounds import recent_messages
from pipeline.turn.state import State
from tests.pipeline.turn.kit import Talk
from tests.pipeline.turn.said import bot, user

POLICY = Policy()
AGENT = AgentProfile(instructions="Be brief.")


def prompted(*messages: Message, text: str = "") -> list[tuple[str, str]]:
    state = State(history=messages, caller=Caller(turn=Turn(final=text)))
    return [(message.role, message.text) for message in history.prompt(state, POLICY).messages]


def test_a_prompt_holds_what_was_said_and_what_is_being_said() -> None:
    assert prompted(bot("Hello."), user("Hi."), bot("Yes?"), text="What time is it?") == [
        ("assistant", "Hello."),
        ("user", "Hi."),
        ("assistant", "Yes?"),
        ("user", "What time is it?"),
    ]


def test_a_reply_that_was_cut_ends_with_a_mark_and_the_instructions_say_what_it_means() -> None:
    assert prompted(bot("Once upon a", cut=True), text="Stop.")[0] == ("assistant", "Once upon a —")
    state = State(agent=AGENT, history=(bot("Once upon a", cut=True),))
    assert history.prompt(state, POLICY).instructions == f"Be brief.\n\n{history.CUT_NOTE}"
    assert history.prompt(State(agent=AGENT, history=(bot("Hello."),)), POLICY).instructions == "Be brief."


def test_the_instructions_say_what_a_note_in_a_reply_stands_for() -> None:
    for name in (CODE_BLOCK, SILENT_TEXT):
        state = State(agent=AGENT, history=(bot(f"Look: {not_spoken(name)}"),))
        assert history.prompt(state, POLICY).instructions == f"Be brief.\n\n{history.SHOWN_NOTE}"
        state = State(agent=AGENT, history=(user(f"Look: {not_spoken(name)}"),))
        assert history.prompt(state, POLICY).instructions == "Be brief.", "only a reply has notes"


def test_a_backchannel_is_left_out_of_the_prompt() -> None:
    assert prompted(user("Go on."), user("Mm-hm.", is_backchannel=True), bot("Done."), text="Thanks.") == [
        ("user", "Go on."),
        ("assistant", "Done."),
        ("user", "Thanks."),
    ]


def test_what_one_side_said_in_a_row_is_one_message_of_the_prompt() -> None:
    """Nothing of the answer to "A pizza." was heard; and some models refuse roles that do not alternate."""
    assert prompted(bot("Hello."), bot("Anybody there?"), user("A pizza."), text="With cheese.") == [
        ("assistant", "Hello.\nAnybody there?"),
        ("user", "A pizza.\nWith cheese."),
    ]


def test_a_greeting_is_asked_for_in_a_message_of_the_user() -> None:
    talk = Talk(greeting_instructions="Say hello to Ann.")
    talk.until(0.1)
    (start,) = talk.all(StartReply)
    assert isinstance(start.source, Prompt)
    (message,) = start.source.messages
    assert message.role == "user"
    assert "Say hello to Ann." in message.text


def test_a_fixed_greeting_needs_no_language_model() -> None:
    talk = Talk(greeting="Hello.", greeting_instructions="Greet.", has_language_model=False)
    talk.until(0.1)
    assert [start.source for start in talk.all(StartReply)] == [StaticText("Hello.")]


def bounded(*messages: Message, **bounds: int) -> list[str]:
    return [message.text for message in recent_messages(messages, Policy(**bounds))]  # type: ignore[arg-type]


def test_a_prompt_holds_the_newest_messages_within_its_bounds() -> None:
    talk = [user("One?"), bot("1"), user("Two?"), user("Too?"), bot("2"), bot("2b"), user("Three?"), bot("3")]
    assert bounded(*talk) == [message.text for message in talk]
    assert bounded(*talk, max_prompt_messages=7) == ["Two?", "Too?", "2", "2b", "Three?", "3"]
    assert bounded(*talk, max_prompt_messages=5) == ["Three?", "3"], "an answer is not parted from its turn"
    assert bounded(*talk, max_prompt_characters=11) == ["Three?", "3"]
    assert bounded(*[bot(str(number)) for number in range(9)], max_prompt_messages=3) == ["6", "7", "8"]
    assert bounded(bot("Hello."), user("What a long question."), max_prompt_characters=3) == ["What a long question."]


def result(text: str, number: int = 1) -> Message:
    return Message("tool", text, 0.0, call=ToolRequest(f"id-{number}", "look", "{}"))


def test_the_results_of_a_turn_share_a_part_of_the_prompt_and_the_person_s_last_words_stay() -> None:
    results = [result(letter * 16_000, number) for number, letter in enumerate("abcdef")]
    question, *read = bounded(bot("Hello."), user("How is the weather?"), result("short"), *results)[1:]
    assert question == "How is the weather?"
    assert read[0] == "short"
    assert {len(text) for text in read[1:]} == {len(read[1])}
    assert read[1].startswith("aaa")
    assert read[1].endswith(f" ... (cut here: {16_000 - read[1].count('a', 0, 4000):,} more characters)")
    assert sum(map(len, read)) < 24_000 + 6 * 50


def test_few_results_are_not_cut_and_those_of_earlier_turns_only_as_long_as_a_share() -> None:
    assert bounded(user("One?"), result("x" * 16_000), bot("1"), user("Two?"), result("y" * 8_000)) == [
        "One?",
        "x" * 16_000,
        "1",
        "Two?",
        "y" * 8_000,
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "tool", "mm-hm"]), st.integers(0, 300)), max_size=30),
    st.integers(1, 10),
    st.integers(10, 400),
)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_whatever_was_said_and_called_the_prompt_is_bounded_and_has_the_last_question(
    said: list[tuple[str, int]], most: int, characters: int
) -> None:
    messages = [
        result("x" * length, number)
        if role == "tool"
        else Message("user" if role == "mm-hm" else role, "x" * length, 0.0, is_backchannel=role == "mm-hm")  # type: ignore[arg-type]
        for number, (role, length) in enumerate(said)
    ]
    numbered = tuple(replace(message, number=number) for number, message in enumerate(messages, 1))
    kept = recent_messages(numbered, Policy(max_prompt_messages=most, max_prompt_characters=characters))
    turns = [message.number for message in numbered if message.role == "user" and not message.is_backchannel]
    assert len(kept) <= most + 1
    assert not turns or turns[-1] in [message.number for message in kept]
    others = [message for message in kept if not turns or message.number != turns[-1]]
    assert sum(len(message.text) for message in others) <= characters
    assert [message.number for message in kept] == sorted({message.number for message in kept})


def test_a_cut_that_the_model_cannot_see_any_more_needs_no_note() -> None:
    state = State(agent=AGENT, history=(user("A story."), bot("Once", cut=True), user("Stop."), bot("Sure.")))
    assert history.prompt(state, Policy(max_prompt_messages=2)).instructions == "Be brief."
