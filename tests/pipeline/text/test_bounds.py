"""Texts for the language model within bounds."""

import pytest

from pipeline.text.bounds import bounded


@pytest.mark.parametrize(
    ("text", "longest", "read"),
    [
        ("", 0, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "abc ... (cut here: 1 more characters)"),
        ("x" * 2_000, 1, "x ... (cut here: 1,999 more characters)"),
    ],
)
def test_what_is_missing_is_counted(text: str, longest: int, read: str) -> None:
    assert bounded(text, longest) == read
