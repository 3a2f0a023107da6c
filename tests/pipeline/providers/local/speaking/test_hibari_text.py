"""Which words hibari is given of a text, and which of them count together: tables, with letters for phonemes."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.local.speaking.hibari_text import MARKS, MAX_PHONEMES, MOST_MARKS, Pronunciation, pronounce


def letters(line: str) -> list[str]:
    """What stands for hibari: it says ASCII letters and digits, and keeps marks."""
    kept = MARKS.union(string.ascii_letters, string.digits)
    return ["".join(char for char in word if char in kept) for word in line.split()]


def words(pronunciation: Pronunciation) -> list[str]:
    return [word.text for part in pronunciation.parts for word in part]


def phonemes(pronunciation: Pronunciation) -> str:
    return " ".join(word.phonemes for part in pronunciation.parts for word in part)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The answer is no.", "The answer is no."),
        ("Ask Prof. Smith, approx. noon.", "Ask professor Smith, approximately noon."),
        ("St. John lives on Main St. in Mt. View.", "saint John lives on Main street in mount View."),
        ("He sat. The car of Acme Inc.", "He sat. The car of Acme incorporated."),
        ("On Wed. or (Sat.) at noon", "On Wednesday or (Saturday) at noon"),
        ("We lay in the Sun.", "We lay in the Sun."),
        ("I like fig. They do not.", "I like fig. They do not."),
        ("tea w/ milk, w/o sugar", "tea with milk, without sugar"),
        ("See [1](/x/) here", "See (1)(x) here"),
        ("Dvořák, naïve, ﬁne, Ｏｋ", "Dvork, nave, fine, Ok"),
        ("Room ٣, or ② in x²", "Room 3, or 2 in x2"),
        ("Really?” she asked — twice…", "Really?” she asked — twice…"),
    ],
)
def test_what_is_said(text: str, said: str) -> None:
    assert phonemes(pronounce(text, letters)) == said


@pytest.mark.parametrize(
    ("text", "together", "unspoken"),
    [
        ("Well, I am here.", ["Well,", "I", "am", "here."], ""),
        ("Yes — now … maybe", ["Yes —", "now …", "maybe"], ""),
        ("— Yes", ["— Yes"], ""),
        ("Say 你好 to all", ["Say 你好", "to", "all"], "你好"),
        ("你好 is hello", ["你好 is", "hello"], "你好"),
        ("Say 你好ok", ["Say", "你好ok"], "你好ok"),
        ("Привет, мир.", [], "Привет, мир."),
        ("... 😀", [], ""),
        ("", [], ""),
    ],
)
def test_what_has_no_sound_counts_with_a_word_that_has(text: str, together: list[str], unspoken: str) -> None:
    pronunciation = pronounce(text, letters)
    assert words(pronunciation) == together
    assert pronunciation.unspoken == unspoken


def test_each_sentence_is_a_part() -> None:
    pronunciation = pronounce("One two. Three!\n\nFour", letters)
    assert [[word.text for word in part] for part in pronunciation.parts] == [["One", "two."], ["Three!"], ["Four"]]


def test_a_long_sentence_is_cut_behind_a_mark() -> None:
    clause = "and then he walked along the shore for hours"
    pronunciation = pronounce(f"{clause}, {clause}, {clause}, {clause}, {clause}, {clause}, {clause} again", letters)
    first, *_ = pronunciation.parts
    assert len(pronunciation.parts) > 1
    assert first[-1].text == "hours,"


def test_a_word_without_end_is_said_in_parts_and_counts_at_its_end() -> None:
    pronunciation = pronounce("See " + "x" * (2 * MAX_PHONEMES + 1), letters)
    assert words(pronunciation) == ["See", "", "", "x" * (2 * MAX_PHONEMES + 1)]


@pytest.mark.parametrize("mark", [",", "-", "—", "!", "…", '"', ", ", "— ", "( ", "? ", ' ,"'])
def test_marks_without_end_are_few_for_the_model(mark: str) -> None:
    """They push out no word, and no part is made of them alone."""
    text = f"Wait{mark * (2 * MAX_PHONEMES)} please"
    pronunciation = pronounce(text, letters)
    assert " ".join(words(pronunciation)).split() == text.split()
    assert len(phonemes(pronunciation)) <= len("Wait please") + 3 * MOST_MARKS


REPEATED = st.lists(
    st.builds(str.__mul__, st.sampled_from(("a", "1", ",", " ", "— ", "( ", ".", "你")), st.integers(1, 400))
)
"""Texts of what is said, and what is not, again and again."""


@given(st.text() | REPEATED.map("".join))
def test_no_word_is_lost(text: str) -> None:
    """Whatever is written: each word counts in its place, or is reported, and no part is too long for the model."""
    pronunciation = pronounce(text, letters)
    counted = " ".join(words(pronunciation)).split()
    assert [word for word in text.split() if word in counted] == counted
    reported = pronunciation.unspoken.split()
    assert all(word in counted or word in reported for word in text.split() if any(map(str.isalnum, word)))
    for part in pronunciation.parts:
        assert all(any(sign not in MARKS for sign in word.phonemes) for word in part)
        assert len(" ".join(word.phonemes for word in part)) <= MAX_PHONEMES
