"""What a person may make the bot's owner pay for is bounded, and nothing that they type is lost."""

from pipeline.commands import StartReply
from tests.pipeline.turn.kit import Talk


def test_a_flood_of_messages_makes_a_bounded_number_of_requests() -> None:
    talk = Talk(max_requests_per_minute=5)
    for number in range(100):
        talk.types(1.0 + number / 100, f"word{number}")
    talk.until(60.0)
    assert len(talk.all(StartReply)) == 5
    talk.until(70.0)
    assert len(talk.all(StartReply)) == 6, "the last of them answers everything"
    said = " ".join(line for line in talk.history if line.startswith("user"))
    assert [f"word{number}" in said.split() for number in range(1, 100)] == [True] * 99


def test_what_is_typed_beyond_the_bound_of_a_turn_is_the_next_turn() -> None:
    talk = Talk(max_typed_characters=30)
    talk.types(1.0, "one two three four five six seven eight nine ten")
    talk.types(1.1, "eleven")
    talk.until(20.0)
    turns = [line.removeprefix("user: ") for line in talk.history if line.startswith("user")]
    assert " ".join(turns).split() == [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
    ]
    assert all(len(turn) <= 30 for turn in turns)
    assert len(turns) == 2


def test_one_word_that_is_longer_than_a_turn_is_parted() -> None:
    talk = Talk(max_typed_characters=10)
    talk.types(1.0, "x" * 25)
    talk.until(30.0)
    assert [len(line.removeprefix("user: ")) for line in talk.history if line.startswith("user")] == [10, 10, 5]
