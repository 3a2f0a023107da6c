"""What words say about the conversation, apart from their meaning."""

import pytest

from pipeline.events import FinalTranscript, InterimTranscript, TranscriptEvent, TranscriptWord
from pipeline.turn.words import Completeness, beyond, completeness, folded, is_backchannel

UNFINISHED, OPEN, COMPLETE = Completeness.UNFINISHED, Completeness.OPEN, Completeness.COMPLETE


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("What time is it?", COMPLETE),
        ("I would like a pizza.", COMPLETE),
        ("Stop!", COMPLETE),
        ('He said "hello."', COMPLETE),
        ("今何時ですか？", COMPLETE),
        ("Yes.", COMPLETE),
        ("Seven.", COMPLETE),
        ("yes", OPEN),
        ("i would like a pizza", OPEN),
        ("", OPEN),
        ("?!", OPEN),
        ("I think so.", OPEN),  # may end so, but rarely does
        ("I'd like that.", OPEN),
        ("It's been a while.", OPEN),
        ("She gave it to her.", OPEN),
        ("I was born in 1984.", OPEN),
        ("i think so", UNFINISHED),
        ("I want to", UNFINISHED),
        ("I would like a pizza, and", UNFINISHED),
        ("I would like the.", UNFINISHED),  # the full stop only says that there was a pause
        ("Well,", UNFINISHED),
        ("Let me think...", UNFINISHED),
        ("It is, um.", UNFINISHED),
        ("Ich möchte eine", UNFINISHED),
        ("My number is oh one seven.", UNFINISHED),  # a pause between groups
        ("My number is 555 1234.", UNFINISHED),
        ("It's spelled M I L.", UNFINISHED),
        ("What is 12 plus 30 plus 17?", COMPLETE),
    ],
)
def test_how_finished_a_text_looks(text: str, looks: Completeness) -> None:
    assert completeness(text) is looks


@pytest.mark.parametrize(
    "text",
    ["Mm-hm.", "Mm-hmm", "Uh-huh.", "mhm", "Yeah, yeah.", "Okay, got it.", "Oh, I see!", "Um, yeah", "D’accord.", ""],
)
def test_words_that_only_show_that_one_listens(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    ["Stop.", "Wait!", "No.", "No, no.", "What?", "Yeah, but", "Okay, stop.", "Right, and then?", "I see it", "of"],
)
def test_words_that_are_meant_for_the_bot(text: str) -> None:
    assert not is_backchannel(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What time is it?", "what time is it"),
        ("Um, what time, uh, is it", "What time is it."),
        ("It’s twenty-one", "it's twenty one"),
        ("", "um"),
    ],
)
def test_what_a_transcriber_may_change_makes_no_other_words(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_other_words_are_other_words() -> None:
    assert folded("What time is it?") != folded("What time is it there?")


def spoken(text: str, began_at: float, *, until: float | None = None) -> TranscriptEvent:
    """One word a second."""
    words = tuple(
        TranscriptWord(word, began_at + index, began_at + index + 1.0) for index, word in enumerate(text.split())
    )
    return FinalTranscript(99.0, text, began_at, until or began_at + len(words), words)


@pytest.mark.parametrize(
    ("committed_until", "text", "ended_at"),
    [
        (0.0, "Book a table, please.", 14.0),
        (10.4, "Book a table, please.", 14.0),  # its first word has more than half to come
        (10.6, "a table, please.", 14.0),
        (12.9, "please.", 14.0),
        (14.0, "", 14.0),
    ],
)
def test_only_words_after_those_that_were_taken_are_new(committed_until: float, text: str, ended_at: float) -> None:
    assert beyond(spoken("Book a table, please.", 10.0), committed_until) == (text, ended_at)


def test_silence_behind_the_words_is_no_new_word() -> None:
    assert beyond(spoken("Book it.", 10.0, until=15.0), 12.0) == ("", 12.0)


@pytest.mark.parametrize(("committed_until", "text"), [(11.0, "Book it."), (12.0, "")])
def test_a_text_without_times_of_its_words_is_new_as_a_whole_or_not(committed_until: float, text: str) -> None:
    interim = InterimTranscript(99.0, "Book it.", 10.0, 12.0)
    assert beyond(interim, committed_until) == (text, 12.0)
