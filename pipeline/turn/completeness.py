"""Judges whether the person's words look like all that they wanted to say, by their end."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from pipeline.text.joining import is_unspaced
from pipeline.turn.lexicon import lexicon_of
from pipeline.turn.tokens import normalized, tokens
from pipeline.turn.words import KNOWN_TEXTS

_END = 80  # characters that show how a text ends: a monologue is long
_CLOSING = " \"'’”»›)]}」』】〉》"
_QUESTION_MARKS = "?!؟՞"
_PAUSE_MARKS = ",;:-–—…⋯،、؛"
_FULL_STOPS = ".。।॥۔։።။។"
_ELLIPSES = ("...", "。。。")

_DICTATED = 3
"""Numbers or letters in a row that mean dictation, with a pause between groups: a telephone number, a name spelled.
A year or a price is shorter."""

_BEGINS_SENTENCE = re.compile(r"(?:^|[.?!…]\s)\W*[\w'’]+\W*$")
"""The last word is the first of its sentence: a capital says nothing."""


class Completeness(IntEnum):
    """How much a text looks like all that the person wanted to say."""

    UNFINISHED = 0
    OPEN = 1
    COMPLETE = 2


class _Ends(NamedTuple):
    """A lexicon, as it is looked up."""

    levels: dict[str, Completeness]
    """UNFINISHED: leads on; OPEN: may lead on, which a full stop shows; COMPLETE: needs no full stop."""
    longest: int
    numbers: frozenset[str]
    numerals: re.Pattern[str]
    """One of those that are written together, or digits, at the end of a text."""


@lru_cache(16)
def _ends(language: str) -> _Ends:
    lexicon = lexicon_of(language)
    levels = dict.fromkeys(lexicon.closes, Completeness.COMPLETE)
    levels |= dict.fromkeys(lexicon.may_lead_on, Completeness.OPEN)
    levels |= dict.fromkeys(lexicon.leads_on, Completeness.UNFINISHED)
    together = sorted(filter(_is_written_together, lexicon.numbers), key=len, reverse=True)
    numerals = re.compile("(?:{})$".format("|".join([*map(re.escape, together), r"\d+"])))
    return _Ends(levels, max(map(len, levels), default=0), lexicon.numbers, numerals)


@lru_cache(KNOWN_TEXTS)
def completeness(text: str, language: str) -> Completeness:
    """Judge a text by its last word and mark. Transcribers set full stops at any pause, so the word counts more."""
    end = normalized(text[-_END:]).rstrip(_CLOSING)
    words = tokens(end)
    if not words:
        return Completeness.OPEN
    mark, ends = end[-1], _ends(language)
    if mark in _QUESTION_MARKS:
        return Completeness.COMPLETE
    if mark in _PAUSE_MARKS or end.endswith(_ELLIPSES) or words[-1].lower() in lexicon_of(language).fillers:
        return Completeness.UNFINISHED
    is_closed = mark in _FULL_STOPS
    dictated = _dictated(words, ends)
    if dictated >= _DICTATED:
        return Completeness.UNFINISHED
    match _level(words, end, ends):
        case Completeness.UNFINISHED:
            return Completeness.UNFINISHED
        case Completeness.OPEN:
            return Completeness.OPEN if is_closed else Completeness.UNFINISHED
        case Completeness.COMPLETE:
            return Completeness.COMPLETE
    return Completeness.COMPLETE if is_closed and dictated < _DICTATED - 1 else Completeness.OPEN


def _level(words: list[str], end: str, ends: _Ends) -> Completeness | None:
    """What the lexicon says of the last word; None for nothing."""
    last = words[-1]
    if _is_written_together(last):
        return _level_of_end(last, ends, is_alone=len(words) == 1)
    if not last.isupper():
        return ends.levels.get(last.lower())
    # In capitals it is a name or a letter ("I live in LA.", "My blood type is O."), unless a sentence begins.
    if _BEGINS_SENTENCE.search(end):
        level = ends.levels.get(last.lower())
        return Completeness.OPEN if level is Completeness.UNFINISHED else level
    return ends.levels.get(last.lower() if end.isupper() else last)


def _level_of_end(last: str, ends: _Ends, *, is_alone: bool) -> Completeness | None:
    for length in range(min(len(last), ends.longest), 0, -1):
        if (level := ends.levels.get(last[-length:])) is not None:
            is_answer = is_alone and length == len(last) and level is Completeness.OPEN  # "是", "それで"
            return None if is_answer else level
    return None


def _dictated(words: list[str], ends: _Ends) -> int:
    """Count the numbers and single letters at the end, up to those that mean dictation."""
    count = 0
    for word in reversed(words):
        for part in reversed(word.split("-")):
            found, rest = _numbers_at_end(part, ends)
            count += found
            if rest or count >= _DICTATED:
                return count
    return count


def _numbers_at_end(word: str, ends: _Ends) -> tuple[int, str]:
    """How many stand there, and what stands before them; digits count in groups of two, as a year does."""
    if word.lower() in ends.numbers or (len(word) == 1 and word.lower() != word.upper()):
        return 1, ""
    if word.isdecimal():
        return (len(word) + 1) // 2, ""
    if not any(map(_is_written_together, word)):
        return 0, word
    count = 0
    while (numeral := ends.numerals.search(word)) is not None:
        count += (len(numeral[0]) + 1) // 2 if numeral[0].isdecimal() else 1
        word = word[: numeral.start()]
    return count, word


def _is_written_together(word: str) -> bool:
    """Whether what is written without a blank may be several words; in Korean, a word and its particles."""
    return is_unspaced(word[-1]) or "가" <= word[-1] <= "힣"
