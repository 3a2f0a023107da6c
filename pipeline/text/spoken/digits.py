"""Digits that are no quantity: telephone numbers, codes, versions. They are said one by one, in their groups."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape

_GROUP = re.compile(r"\d+")
_PHONE_DIGITS = range(8, 16)
"""Digits of an international number: at most 15 (ITU-T E.164)."""

_SENTENCE_START = re.compile(r"(?:\A|[.!?:])\s*\Z")

LONG = 6
"""Digits without separators from which a number is an identifier, unless it is a round one; they come in threes."""


def grouped(language: Language, text: str) -> str:
    """Digits of a telephone number; a comma is the pause between two groups."""
    return ", ".join(language.phone_group(group) for group in _GROUP.findall(text))


def shapes(language: Language) -> Iterator[Shape]:
    """The shapes of digits that are spelled."""
    read = _Reader(language)
    yield shape(
        r"\+\d{1,15}(?:[ \u00a0\u202f./-]?\(\d{1,5}\)|(?:[ \u00a0\u202f./-]|(?<=\)))\d{1,12}){0,7}", read.international
    )
    yield shape(rf"\d{{4}}(?:{SPACE}\d{{4}}){{2,3}}|\d{{4}}(?:-\d{{4}}){{2,3}}", read.groups)
    yield shape(r"(?P<n>\d{3,6})", read.emergency)
    yield shape(r"(?P<n>\d{2,})", read.code)
    yield shape(r"\d{1,3}(?:\.\d{1,3}){3}", read.internet)
    yield shape(r"v(?P<n>\d{1,4}(?:\.\d{1,5}){0,3})", read.version)
    yield shape(r"(?P<n>\d{1,4}(?:\.\d{1,5}){1,3})", read.dotted)
    yield shape(rf"(?P<sign>{any_of(language.vocabulary.number_signs)}){SPACE}?(?P<n>\d{{1,6}})", read.number_sign)


class _Reader:
    """Says digits in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._words = language.vocabulary.words

    def international(self, text: Written) -> str | None:
        if sum(map(str.isdecimal, text.match[0])) not in _PHONE_DIGITS:
            return None
        return f"{self._words['plus']} {grouped(self._language, text.match[0])}"

    def groups(self, text: Written) -> str:
        """The groups of a card's number."""
        return ", ".join(self._language.digits(group) for group in _GROUP.findall(text.match[0]))

    def emergency(self, text: Written) -> str | None:
        vocabulary = self._language.vocabulary
        if text["n"] not in vocabulary.emergency_numbers or not text.follows(vocabulary.call_words):
            return None
        return self._language.digits(text["n"])

    def code(self, text: Written) -> str | None:
        digits = text["n"]
        is_long = len(digits) >= LONG and not digits.endswith("000")
        if not (is_long or digits.startswith("0") or text.follows(self._language.vocabulary.code_words)):
            return None
        groups = re.findall(r"\d{1,3}", digits) if len(digits) >= LONG else [digits]
        return ", ".join(self._language.digits(group) for group in groups)

    def internet(self, text: Written) -> str | None:
        """An internet address (IPv4)."""
        parts = _GROUP.findall(text.match[0])
        if not all(int(part) <= 255 for part in parts) or not any(len(part) == 3 for part in parts):
            return None
        return f" {self._words['dot']} ".join(self._language.digits(part) for part in parts)

    def version(self, text: Written) -> str:
        return f"{self._words['version']} {self._parts(text['n'])}"

    def dotted(self, text: Written) -> str | None:
        is_number = re.fullmatch(self._language.number_pattern, text["n"]) is not None
        return None if is_number and not text.follows(self._words["version"]) else self._parts(text["n"])

    def number_sign(self, text: Written) -> str | None:
        amount = self._language.amount(text["n"])
        if amount is None or (text["sign"] == "No." and _SENTENCE_START.search(text.before)):
            return None  # else it may be an answer, and a sentence of its own
        return f"{self._language.vocabulary.number_signs[text['sign']]} {self._language.number(amount)}"

    def _parts(self, written: str) -> str:
        return f" {self._words['point']} ".join(self._part(part) for part in _GROUP.findall(written))

    def _part(self, digits: str) -> str:
        is_spelled = digits.startswith("0") and len(digits) > 1
        return self._language.digits(digits) if is_spelled else self._language.cardinal(int(digits))
