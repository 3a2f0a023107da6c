"""Answers by rules: what they know, and what they leave to a model."""

from datetime import UTC, datetime

import pytest

from pipeline.providers.local.thinking.known_answers import JOKE, NO_DEEDS, NO_NEWS, STORY, clock_time, known_answer

NOW = datetime(2030, 1, 1, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What time is it?", "It is 3:05 PM."),
        ("hey, what's the time please", "It is 3:05 PM."),
        ("Can you tell me the time?", "It is 3:05 PM."),
        ("What day is it today?", "Today is Tuesday, January 1, 2030."),
        ("what’s today’s date", "Today is Tuesday, January 1, 2030."),
        ("Can you hear me?", "Yes, I hear you. What I understood was: Can you hear me."),
        ("Testing, one, two, three.", "Yes, I hear you. What I understood was: Testing, one, two, three."),
        ("Count to five.", "One, two, three, four, five."),
        ("Could you please count up to 3?", "One, two, three."),
        ("What is two plus two?", "That is 4."),
        ("How much is 12 times twelve?", "That is 144."),
        ("What's three minus 10", "That is -7."),
        ("Repeat after me: The quick brown fox.", "The quick brown fox."),
        ("Please repeat after me, I'm here", "I'm here."),
        ("Tell me a joke.", JOKE),
        ("Tell me a long story", STORY),
        ("What's the weather like in Paris?", NO_NEWS),
        ("Is it going to rain tomorrow?", NO_NEWS),
        ("Can you set an alarm for seven?", NO_DEEDS),
        ("Remind me to call my mother.", NO_DEEDS),
        ("Turn on the lights.", NO_DEEDS),
        ("play some music", NO_DEEDS),
    ],
)
def test_what_is_known(said: str, answer: str) -> None:
    assert known_answer(said, NOW) == answer


@pytest.mark.parametrize(
    "said",
    [
        "",
        "I had a great time yesterday.",
        "Count on me.",
        "What is life plus love?",
        f"What is {'9' * 400} times 9?",
        "Count to heaven.",
        "My story is a long one.",
        "I repeat myself.",
        "Repeat after me:",
        "I play the piano.",
        "Call me Anna.",
        "Do you like music?",
        "What is the capital of France?",
        "I took a test today.",
        "I heard you.",
        "Do you know how to send a letter?",
    ],
)
def test_what_is_left_to_a_model(said: str) -> None:
    assert known_answer(said, NOW) is None


def test_it_says_again_what_it_said_last() -> None:
    assert known_answer("Can you repeat that, please?", NOW, "It is late.") == "It is late."
    assert known_answer("What did you say?", NOW) == "I have not said anything yet."


def test_it_counts_to_twenty_and_no_further() -> None:
    assert str(known_answer("count to twenty", NOW)).endswith("nineteen, twenty.")
    assert str(known_answer("count to 1000000", NOW)).endswith("nineteen, twenty, and so on.")


@pytest.mark.parametrize(("hour", "told"), [(0, "12:05 AM"), (9, "9:05 AM"), (12, "12:05 PM"), (15, "3:05 PM")])
def test_the_time_of_day(hour: int, told: str) -> None:
    assert clock_time(NOW.replace(hour=hour)) == told


def test_the_story_is_long_enough_to_interrupt() -> None:
    assert 150 < len(STORY.split()) < 250  # of which 170 are spoken in a minute
