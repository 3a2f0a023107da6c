"""What is known of a person from earlier calls: when it is waited for, and how the model reads it."""

from pipeline import events
from pipeline.commands import StartReply, StaticText
from pipeline.messages import Memory, Message, Prompt
from pipeline.turn.history import MEMORY_NOTE
from pipeline.turn.policy import Policy
from tests.pipeline.turn.kit import Talk

KNOWN = Memory(
    "2026-11-30", "Ann likes pizza.", (Message("user", "See you.", 0.0), Message("assistant", "B", 0.0, True))
)
NOTE = MEMORY_NOTE.format(
    date="2026-11-30",
    notes="Ann likes pizza.\nThe last words then:\nPerson: See you.\nAssistant: B (interrupted)",
)


def greets(recalled_at: float | None, memory: Memory | None = KNOWN, identity: str = "ann", greeting: str = "") -> Talk:
    """Ann is linked at 1 s; what is known is there at a second, or never."""
    talk = Talk(is_joined=False, greeting=greeting, greeting_instructions="Greet.", instructions="Be brief.")
    talk.at(1.0, lambda now: events.MemoryAwaited(now, "ann"))
    talk.joins(1.0)
    if recalled_at is not None:
        talk.at(recalled_at, lambda now: events.MemoryRecalled(now, identity, memory))
    talk.until(5.0)
    return talk


def prompt(talk: Talk, index: int = 0) -> Prompt:
    source = talk.all(StartReply)[index].source
    assert isinstance(source, Prompt)
    return source


def test_a_generated_greeting_is_begun_when_the_memory_is_there() -> None:
    talk = greets(recalled_at=1.2)
    assert talk.times(StartReply) == [1.2]
    assert prompt(talk).instructions == f"Be brief.\n\n{NOTE}"


def test_it_waits_for_no_longer_than_the_policy_says() -> None:
    delay = Policy().memory_delay
    for recalled_at in (None, 1.0 + delay + 0.1):
        talk = greets(recalled_at)
        assert talk.times(StartReply) == [1.0 + delay]
        assert prompt(talk).instructions == "Be brief."
    talk.says(5.5, 6.0, "Who am I?")
    talk.until(8.0)
    assert NOTE in prompt(talk, 1).instructions, "it is there for the next one"


def test_where_nothing_is_known_nothing_is_said_of_it() -> None:
    for memory in (None, Memory("2026-11-30")):
        talk = greets(1.1, memory)
        assert talk.times(StartReply) == [1.1]
        assert prompt(talk).instructions == "Be brief."


def test_a_memory_of_somebody_else_is_none() -> None:
    talk = greets(1.1, identity="bob")
    assert talk.times(StartReply) == [1.0 + Policy().memory_delay]
    assert prompt(talk).instructions == "Be brief."


def test_a_fixed_greeting_does_not_wait() -> None:
    talk = greets(None, greeting="Hello.")
    assert [(start.source, at) for start, at in zip(talk.all(StartReply), talk.times(StartReply), strict=True)] == [
        (StaticText("Hello."), 1.0)
    ]


def test_the_next_person_is_not_taken_for_the_last_one() -> None:
    talk = greets(1.1)
    talk.at(5.1, lambda now: events.PersonLeft(now, "ann"))
    talk.at(5.2, lambda now: events.PersonLinked(now, "bob"))
    talk.until(9.0)
    assert prompt(talk, -1).instructions == "Be brief."
    assert len(talk.all(StartReply)) == 2
