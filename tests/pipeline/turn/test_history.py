"""The conversation as it was heard, and as the language model is told of it."""

from pipeline.agent import Agent
from pipeline.commands import Generated, StartReply, StaticText
from pipeline.messages import Message
from pipeline.turn import history
from pipeline.turn.state import State, Turn
from tests.pipeline.turn.kit import Talk

AGENT = Agent(instructions="Be brief.")


def prompted(*messages: Message, text: str = "") -> list[tuple[str, str]]:
    state = State(history=messages, turn=Turn(final=text))
    return [(message.role, message.text) for message in history.prompt(state).messages]


def user(text: str, *, is_backchannel: bool = False) -> Message:
    return Message("user", text, 0.0, is_backchannel=is_backchannel)


def bot(text: str, *, cut: bool = False) -> Message:
    return Message("assistant", text, 0.0, cut=cut)


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
    assert history.prompt(state).instructions == f"Be brief.\n\n{history.CUT_NOTE}"
    assert history.prompt(State(agent=AGENT, history=(bot("Hello."),))).instructions == "Be brief."


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
    assert isinstance(start.source, Generated)
    (message,) = start.source.messages
    assert message.role == "user"
    assert "Say hello to Ann." in message.text


def test_a_fixed_greeting_needs_no_language_model() -> None:
    talk = Talk(greeting="Hello.", greeting_instructions="Greet.", has_language_model=False)
    talk.until(0.1)
    assert [start.source for start in talk.all(StartReply)] == [StaticText("Hello.")]


def test_what_nobody_heard_is_not_in_the_history() -> None:
    assert history.with_reply(State(), "", is_cut=True) == State()
