"""The keys of a telephone as what the person says: when they are whole, and what waits for them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.commands import DropSpeech, Release, TurnCommitted
from pipeline.dtmf import KEYS
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from pipeline.turn.state import State
from tests.pipeline.turn.kit import Talk


class Phone(Talk):
    """A talk with a person who has a telephone."""

    def __init__(self, *, takes_dtmf: bool = True, **options: object) -> None:
        super().__init__(takes_dtmf=takes_dtmf, **options)  # type: ignore[arg-type]

    def presses(self, at: float, keys: str, identity: str = "ann", step: float = 0.2) -> None:
        for number, key in enumerate(keys):
            self.at(at + number * step, lambda now, key=key: events.DtmfReceived(now, identity, key))  # type: ignore[misc]

    @property
    def turns(self) -> list[str]:
        return [line.removeprefix("user: ") for line in self.history if line.startswith("user")]

    @property
    def first_release_at(self) -> float:
        return next(at for at, command in self.log if isinstance(command, Release))


def test_the_terminator_ends_what_is_keyed_at_once() -> None:
    phone = Phone()
    phone.presses(1.0, "1234#")
    phone.until(4.0)
    assert phone.turns == ["1234"]
    assert 1.8 <= phone.first_release_at < 2.5


def test_without_one_a_pause_ends_it() -> None:
    phone = Phone(dtmf_timeout=3.0)
    phone.presses(1.0, "12")
    phone.presses(3.5, "34")  # the pause begins anew with each key
    phone.until(12.0)
    assert phone.turns == ["1234"]
    assert 6.7 <= phone.first_release_at < 7.5


def test_the_terminator_alone_is_all_that_was_said() -> None:
    phone = Phone()
    phone.presses(1.0, "#")
    phone.until(4.0)
    assert phone.turns == ["#"]


def test_another_terminator_or_none() -> None:
    for terminator, keyed in (("*", "12#\n3"), ("", "12#*3")):
        phone = Phone(dtmf_terminator=terminator)
        phone.presses(1.0, "12#*3")
        phone.until(12.0)
        assert phone.turns == [keyed]


def test_where_the_agent_does_not_take_them_they_are_events_only() -> None:
    phone = Phone(takes_dtmf=False)
    phone.presses(1.0, "1234#")
    phone.until(8.0)
    assert phone.turns == []
    assert phone.all(Release) == []


def test_only_the_linked_person_s_count() -> None:
    phone = Phone()
    phone.presses(1.0, "1234#", identity="bob")
    phone.presses(1.0, "1234#", identity="")
    phone.until(8.0)
    assert phone.turns == []


def test_words_before_the_keys_wait_for_them() -> None:
    """ "My number is" is no question: no answer is made while digits come."""
    phone = Phone()
    phone.says(1.0, 2.0, "This is my number.")
    phone.presses(2.2, "123456#", step=0.8)
    phone.until(12.0)
    assert [turn.split() for turn in phone.turns] == [["This", "is", "my", "number.", "123456"]]
    assert len(phone.all(Release)) == 1


def test_nothing_new_is_said_into_the_keys() -> None:
    phone = Phone(dtmf_timeout=3.0)
    phone.presses(1.0, "1")
    phone.at(1.5, lambda now: events.SayRequested(now, "say-1", "One moment."))
    phone.until(3.9)
    assert phone.all(Release) == []
    phone.until(12.0)
    assert {command.reply_id for command in phone.all(Release)} >= {"say-1"}


def test_keys_cut_what_the_bot_says_as_typing_does() -> None:
    phone = Phone(playing=9.0)
    phone.says(1.0, 2.0, "Tell me a story.")
    phone.presses(4.0, "0#")
    phone.until(8.0)
    assert phone.turns == ["Tell me a story.", "0"]
    assert any(message.cut for message in phone.state.history)


def test_a_person_who_leaves_in_the_middle_loses_no_key() -> None:
    phone = Phone()
    phone.presses(1.0, "12")
    phone.at(1.5, lambda now: events.PersonAway(now, "ann"))
    phone.at(2.0, lambda now: events.PersonLeft(now, "ann"))
    phone.until(9.0)
    assert phone.turns == ["12"]
    assert phone.state.caller.keyed == ""
    assert phone.all(DropSpeech) == []


@given(
    st.lists(st.tuples(st.sampled_from(KEYS), st.floats(0.01, 6.0)), min_size=1, max_size=30),
    st.sampled_from(["#", ""]),
)
@settings(max_examples=40)
def test_no_key_is_lost_and_none_is_taken_twice(pressed: list[tuple[str, float]], terminator: str) -> None:
    """Terminators end a text and are none, but where nothing stands before them."""
    policy = Policy(dtmf_terminator=terminator, dtmf_timeout=2.0)
    state = State(agent=AgentProfile(takes_dtmf=True), has_language_model=False)
    said, expected, is_open, at = "", "", False, 1.0
    happened: list[events.Event] = [events.Joined(0.0, "room", "bot"), events.PersonLinked(0.0, "ann")]
    for key, gap in pressed:
        happened += [events.DtmfReceived(at, "ann", key), events.Tick(at + min(gap, 2.0))]
        if key != terminator or not is_open:
            expected += key
        is_open = key != terminator and gap < 2.0
        at += gap
    for event in (*happened, events.Tick(at + 2.0)):
        state, ordered = step(state, event, policy)
        said += "".join(command.message.text for command in ordered if isinstance(command, TurnCommitted))
    assert said == expected


def test_a_key_that_never_ends_is_bounded() -> None:
    phone = Phone(max_typed_characters=10)
    phone.presses(1.0, "1" * 25, step=0.05)
    phone.until(30.0)
    assert "".join("".join(phone.turns).split()) == "1" * 25
    assert max(map(len, phone.turns)) <= 10
    assert Policy().max_typed_characters > 32
