"""Joins texts as their script is written: Chinese, Japanese, Thai and their like have no blanks between words."""

import re
from collections.abc import Iterable, Sequence
from functools import reduce

_UNSPACED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3005", "\u3007"),  # 々〆〇
    ("\u3041", "\u30fa"),  # kana
    ("\u30fc", "\u312f"),  # kana, bopomofo
    ("\u31f0", "\u31ff"),  # kana
    ("\u3400", "\u4dbf"),  # Chinese characters
    ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),  # kana of half width
    ("\U00020000", "\U0003ffff"),  # Chinese characters
)
"""The letters of scripts without blanks between words: first and last, by Unicode's blocks."""

_FIRST_UNSPACED = _UNSPACED[0][0]

_LAST_FULL_STOP = re.compile(r"(?:\A|\s)[^\s.]+\.\Z")
"""But not that of "p.m.", and no dots."""

_BRINGS_ITS_BLANK = re.compile(
    r"[\u3001-\u3003\u3008-\u301f\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)
"""Marks that are as wide as a Chinese character: the blank is part of them."""


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script that writes no blanks between words."""
    return character >= _FIRST_UNSPACED and any(first <= character <= last for first, last in _UNSPACED)


def joined(first: str, second: str) -> str:
    """Two texts as one, with a blank between them where their scripts have one there; either may be empty."""
    if not first or not second:
        return first or second
    if first[-1] < _FIRST_UNSPACED and second[0] < _FIRST_UNSPACED:
        return f"{first} {second}"  # nearly always
    return f"{first} {second}" if _has_blank_between(first, second) else first + second


def continued(first: str, second: str) -> str:
    """Two parts of what a person said as one, without a full stop where the second part goes on in mid-sentence.

    Transcribers end with one whatever stands before a pause; a small letter shows that the sentence goes on.
    """
    if second[:1].islower() and _LAST_FULL_STOP.search(first):
        first = first[:-1]
    return joined(first, second)


def ending(text: str, words: Sequence[str]) -> str:
    """The end of `text` that consists of `words`, as it is written there; they are joined anew where it has others."""
    start = len(text)
    for word in reversed(words):
        found = text.rfind(word, 0, start)
        if found < 0 or any(character.isalnum() for character in text[found + len(word) : start]):
            return reduce(joined, words, "")
        start = found
    return text[start:]


def _has_blank_between(first: str, second: str) -> bool:
    if _BRINGS_ITS_BLANK.match(first[-1]) or _BRINGS_ITS_BLANK.match(second[0]):
        return False
    return not (is_unspaced(_first_letter(reversed(first))) and is_unspaced(_first_letter(second)))


def _first_letter(text: Iterable[str]) -> str:
    """Its first letter or digit, behind any marks; empty without one."""
    return next((character for character in text if character.isalnum() or is_unspaced(character)), "")
