"""The seam of a reply that broke off: nothing doubled, nothing lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.seam import SHORTEST_STUMP, Seam

STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


def seamed(written: str, tokens: list[str]) -> str:
    seam = Seam(written)
    return written + "".join(map(seam.feed, tokens)) + seam.flush()


@pytest.mark.parametrize(
    ("written", "more", "whole"),
    [
        ("He had three ", "daughters.", "He had three daughters."),
        ("He had three", "daughters.", "He had three daughters."),
        ("He had three", " daughters.", "He had three daughters."),
        ("He had three ", "three daughters.", "He had three daughters."),
        ("He had three ", "had three daughters.", "He had three daughters."),
        ("He had three ", "He had three daughters.", "He had three daughters."),
        ("He had thr", "had three daughters.", "He had three daughters."),
        ("He had thr", "He had three daughters.", "He had three daughters."),
        ("He had three", "HE HAD THREE daughters.", "He had three daughters."),
        ("He was king.", "He was king. He had a son.", "He was king. He had a son."),
        ("He was king. ", "He had a son.", "He was king. He had a son."),
        ("He was king.", "He had a son.", "He was king. He had a son."),
        ("It's", "It's fine.", "It's fine."),
        ("He was king.", "He was king.", "He was king."),
        ("He was", "", "He was"),
        ("", "He was king.", "He was king."),
        ("Hello, my", "hello, my friend.", "Hello, my friend."),
        ("He had a", "and then", "He had a and then"),
        ("今日は", "天気です。", "今日は天気です。"),
        ("とても今日は", "今日は天気です。", "とても今日は天気です。"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_reply_is_whole_however_the_model_goes_on(written: str, more: str, whole: str, size: int) -> None:
    assert seamed(written, [more[at : at + size] for at in range(0, len(more), size)]) == whole


def test_what_is_known_to_be_new_does_not_wait() -> None:
    seam = Seam("He had three ")
    assert seam.feed("three ") == ""
    assert seam.feed("daughters ") == "daughters "
    assert seam.feed("and") == "and"


words = st.lists(st.sampled_from([f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]), min_size=2, unique=True)


@given(words, st.data())
def test_no_word_is_lost_or_doubled(every: list[str], data: st.DataObject) -> None:
    """The model goes on from any word of what was written, and the connection was cut anywhere, in a word or not."""
    whole = " ".join(every) + "."
    cut_at = data.draw(st.integers(1, len(whole)))
    written = whole[:cut_at]
    starts = [0, *(place + 1 for place, character in enumerate(whole) if character == " ")]
    again_from = data.draw(st.sampled_from([start for start in starts if start <= cut_at]))
    more = whole[again_from:]
    if again_from == cut_at and not written.endswith(" "):
        return
    stump = written.rpartition(" ")[2]
    if again_from == cut_at - len(stump) and 0 < len(stump) < SHORTEST_STUMP:
        return
    cuts = sorted(data.draw(st.sets(st.integers(0, len(more)), max_size=6)) | {0, len(more)})
    tokens = [more[start:end] for start, end in pairwise(cuts)]
    assert seamed(written, tokens) == whole


@given(st.text(alphabet="ab .'\n", max_size=30), st.lists(st.text(alphabet="ab .'\n", max_size=5), max_size=10))
def test_nothing_is_made_up_and_no_token_changes_what_comes_out(written: str, tokens: list[str]) -> None:
    whole = seamed(written, tokens)
    assert whole.startswith(written)
    assert whole == seamed(written, ["".join(tokens)])
    assert "".join(tokens).endswith(whole[len(written) :].removeprefix(" "))
