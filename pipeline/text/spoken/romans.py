"""Roman numerals, where it is clear that they are numbers: behind "chapter" and the like, and behind a ruler's name."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import SPACE, Shape, Written, shape

NUMERAL = r"(?=[CLXVI])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A Roman numeral up to 399."""

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_LAST_WORD = re.compile(rf"([^\W\d_]+)\.?{SPACE}\Z")
_AFTER_NAME = re.compile(r"[^\w\s]|\s*\Z|\s(?:of|and|was|et|de|y|und|von|war)\b")


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral: a digit before a greater one counts against it."""
    values = [_VALUES[digit] for digit in numeral]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def last_word(before: str) -> str:
    """Return the word that stands right before; empty when there is none."""
    found = _LAST_WORD.search(before)
    return found[1] if found else ""


def shapes(language: Language) -> Iterator[Shape]:
    """The shape of Roman numerals."""

    def read(text: Written) -> str | None:
        numeral, word = text["n"], last_word(text.before)
        if not _is_sure(numeral, word, text.after):
            return None
        if word.casefold() in language.vocabulary.numbered and not (
            len(numeral) == 1 and word.casefold() in language.vocabulary.lettered
        ):
            return language.cardinal(roman_value(numeral))
        return language.ruler(roman_value(numeral)) if word.casefold() in language.vocabulary.rulers else None

    yield shape(rf"(?P<n>{NUMERAL})", read)


def _is_sure(numeral: str, word: str, after: str) -> bool:
    """Whether a single letter is a numeral behind a word, rather than a letter, or the word "I"."""
    if len(numeral) > 1:
        return True
    if numeral in "CL" or not word[:1].isupper():
        return False
    return numeral != "I" or _AFTER_NAME.match(after) is not None
