"""The words of a text with their places, and what is put in place of them."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

EMAIL, NAME, OTHER = "[email]", "[name]", "[redacted]"

_PIECE = re.compile(r"\S+")
_MARK = re.compile(r"\W*\[(?:0+|email|name|redacted)\]")
_POSSESSIVE = re.compile(r"['’]s?$")


MARKED = "<mark>"
"""In place of a word that is hidden already."""


class Piece(NamedTuple):
    """What stands between two blanks; `start` and `end` leave out the punctuation around it."""

    start: int
    end: int
    word: str
    """In small letters and composed form."""
    ends_sentence: bool
    """A mark stands behind it behind which no phrase goes on."""


class Hidden(NamedTuple):
    """A part of a text, and the mark that stands for it."""

    start: int
    end: int
    mark: str


def pieces(text: str) -> list[Piece]:
    """The words of a text; what is punctuation alone is none, and of a mark the word is MARKED."""
    found = []
    for match in _PIECE.finditer(text):
        start, end = match.span()
        while start < end and unicodedata.category(text[start])[0] in "PS":
            start += 1
        while start < end and unicodedata.category(text[end - 1])[0] in "PS":
            end -= 1
        if start < end:
            is_mark = _MARK.fullmatch(text, match.start(), end + 1) is not None
            word = MARKED if is_mark else unicodedata.normalize("NFC", text[start:end]).lower()
            closing = text[end : match.end()]
            found.append(Piece(start, end, word, any(mark in ".?!;:。？！" for mark in closing)))
    return found


def plain(word: str) -> str:
    """A word without the ending of its genitive: "Ann's"."""
    return _POSSESSIVE.sub("", word)


def with_marks(text: str, hidden: Iterable[Hidden]) -> str:
    """The text with the marks in place of what is hidden; where they overlap, the first one stands."""
    parts, done = [], 0
    for start, end, mark in sorted(hidden, key=lambda it: (it.start, -it.end)):
        if end <= done:
            continue
        parts += [text[done : max(start, done)], mark]
        done = end
    return "".join([*parts, text[done:]])
