"""Tells the number of a source, as in "Paris is big [1].", from one that people are to hear: "Press [1] for sales."."""

import re

from pipeline.text.marks import STOPS, count_words, is_spaceless

STATEMENT_WORDS = 3
"""Words from which a clause says something that may have a source. In doubt a number is said: one too many sounds odd,
one too few is lost."""

NUMBERS = r"\[\d{1,3}(?:[ \t]?[,;–-][ \t]?\d{1,3})*\]"
"""The pattern of what may be either."""

REACH = 200
"""Characters before a number that say what it is."""

_NUMBERS = re.compile(NUMBERS)
_ZERO = re.compile(r"(?<!\d)0")  # the first item of a list in code; no source has this number
_INDEX = re.compile(r"(?<![^\W_])[a-z_]\Z")  # of a list's item: x[1]
_CLAUSE_MARK = re.compile(rf"(?:[{STOPS},;:،؛，；：、=—]|\s[–-]\s)(?!\d)")
_APART = "=:<>+*/|([{-"
"""Marks behind which a number stands for itself."""


def is_cited(mark: str, before: str, *, is_last: bool) -> bool:
    """Whether `mark`, behind the text `before` of its line, names a source; `is_last`: nothing comes behind it.

    It does behind a statement, and once one was named. A number behind one that is said needs a statement of its own.
    """
    before = before[-REACH:]
    said_until = 0
    for earlier in _NUMBERS.finditer(before):
        if _names_source(earlier[0], before[: earlier.start()], said_until, is_last=False):
            return True
        said_until = earlier.end()
    return _names_source(mark, before, said_until, is_last=is_last)


def _names_source(mark: str, before: str, said_until: int, *, is_last: bool) -> bool:
    if _INDEX.search(before[-2:]) or before.count("`") % 2:
        return False
    if not _NUMBERS.fullmatch(mark):
        return True  # several in a row, a footnote, an address
    if _ZERO.search(mark):
        return False
    last = before[-1:]
    if last and not last.isspace() and last not in _APART and not is_spaceless(last):
        return True  # at a word, as nothing else is; where no blanks are written, that says nothing
    words = before.rstrip()
    if not words:
        return is_last
    if words[-1] in STOPS:
        return True  # of the sentence before
    clause = before[max([said_until, *(mark.end() for mark in _CLAUSE_MARK.finditer(before, said_until))]) :]
    return count_words(clause) >= STATEMENT_WORDS - is_spaceless(words[-1])  # which count by halves
