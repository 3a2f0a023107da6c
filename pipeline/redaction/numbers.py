"""Finds numbers, in digits and in words, by the number words of the lexicon of a language."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from pipeline.redaction.pieces import Hidden, Piece
from pipeline.text.joining import is_unspaced
from pipeline.turn.lexicon import LEXICONS, lexicon_of
from pipeline.turn.lexicon.lexicon import words

WRITTEN = re.compile(r"[A-Za-z]*\d[A-Za-z\d]*(?:[.,:/'’–-][A-Za-z]*\d[A-Za-z\d]*)*")
"""Digits, with the letters that they stand among: "4112", "AB12", "3.30", "1982-04-12", "4th"."""

_MARKED = re.compile(r"\[0+\]")

MOST_DIGITS = 16
"""Zeros in a mark, at most."""

_MORE: Mapping[str, str] = {
    "de": "ein eine einem einen million millionen hundert tausend",
    "en": "million billion naught nought nil",
    "es": "cientos cientas quinientos quinientas setecientos setecientas novecientos novecientas millón millones",
    "fr": "vingts cents million millions septante huitante octante nonante",
    "it": "vent trent quarant cinquant sessant settant ottant novant tré mila milione milioni",
    "nl": "miljoen",
    "pl": "dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset tysiące tysięcy",
    "pt": "duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos milhão milhões",
}
"""Number words that the lexicon has no use for, and parts of those that are written together."""

_GLUE: Mapping[str, str] = {"de": "und", "nl": "en ën een", "fr": "et", "es": "y", "en": "and"}
"""What stands inside of a number that is written together or with hyphens."""

_DOUBTFUL = words("oh o double triple un une uno una um uma een één ein eine einem einen meia एक vent mila")
"""Words that are numbers beside another number alone: articles, exclamations, halves."""

_SOUND_ALIKE = words("to too for fore ate won tree owe")
"""English words that a transcriber writes for a number; they are one between two numbers."""


class _Numbers(NamedTuple):
    words: frozenset[str]
    joined: re.Pattern[str]
    """Of several number words in one."""
    unspaced: re.Pattern[str]
    """Number words of a script without blanks, several in a row."""


@lru_cache(16)
def _numbers(language: str) -> _Numbers:
    known = lexicon_of(language).numbers or lexicon_of("multi").numbers
    first = language.partition("-")[0].lower()
    more = [_MORE[it] for it in ([first] if first in LEXICONS else _MORE) if it in _MORE]
    spaced = frozenset(word for word in known if not _has_no_blank(word)) | frozenset(" ".join(more).split())
    unspaced = sorted((word for word in known if _has_no_blank(word)), key=len, reverse=True)
    glue = [_GLUE[it] for it in ([first] if first in LEXICONS else _GLUE) if it in _GLUE]
    parts = sorted((word for word in (*spaced, *" ".join(glue).split()) if len(word) > 1), key=len, reverse=True)
    fewest = 3 if first == "ko" else 2  # many of its numbers are common syllables
    row = rf"(?:(?:{'|'.join(map(re.escape, unspaced))})[\s,、.·-]*){{{fewest},}}" if unspaced else r"(?!)"
    return _Numbers(spaced, re.compile(f"(?:{'|'.join(map(re.escape, parts))}|-)+"), re.compile(row))


def _has_no_blank(word: str) -> bool:
    return is_unspaced(word[-1]) or "가" <= word[-1] <= "힣"


@lru_cache(1024)
def is_number(word: str, language: str) -> bool:
    """Whether a word in small letters is a number by itself."""
    known = _numbers(language)
    if word in known.words:
        return word not in _DOUBTFUL
    if not known.joined.fullmatch(word):
        return False
    return any(part in known.words for part in word.split("-")) or any(
        number in word for number in known.words if len(number) > 2
    )


def find_numbers(text: str, found: Sequence[Piece], language: str) -> Iterator[Hidden]:
    """Every number of a text; `found` are its pieces."""
    for written in WRITTEN.finditer(text):
        if not _MARKED.fullmatch(text, max(0, written.start() - 1), written.end() + 1):
            yield Hidden(*written.span(), mark(sum(map(str.isdecimal, written[0]))))
    for row in _numbers(language).unspaced.finditer(text):
        for part in re.finditer(r"[^\s,、.·-]+", row[0]):
            yield Hidden(row.start() + part.start(), row.start() + part.end(), mark(len(part[0])))
    kinds = [_kind(piece.word, language) for piece in found]
    are_numbers = [kind == "number" or kind == "digits" for kind in kinds]
    for begin, end in _rows([kind is not None for kind in kinds]):  # what is doubtful is one where a number is beside
        if any(are_numbers[begin:end]):
            are_numbers[begin:end] = [True] * (end - begin)
    for at, piece in enumerate(found):
        is_between = 0 < at < len(found) - 1 and are_numbers[at - 1] and are_numbers[at + 1]
        if (are_numbers[at] and kinds[at] != "digits") or (is_between and piece.word in _SOUND_ALIKE):
            yield Hidden(piece.start, piece.end, mark(1 + piece.word.count("-")))


def _kind(word: str, language: str) -> str | None:
    """What a word is: "digits", a "number", "doubtful", or None."""
    if any(map(str.isdecimal, word)):
        return "digits"
    if is_number(word, language):
        return "number"
    is_doubtful = word in _DOUBTFUL and (word in _numbers(language).words or word == "o")
    return "doubtful" if is_doubtful else None


def _rows(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where those that are set begin and end."""
    at = 0
    for is_set, row in groupby(flags):
        begin, at = at, at + len(list(row))
        if is_set:
            yield begin, at


def mark(digits: int) -> str:
    """What stands for a number: as many zeros as it has digits, so that a replay takes it for one that is dictated."""
    return f"[{'0' * min(max(digits, 1), MOST_DIGITS)}]"
