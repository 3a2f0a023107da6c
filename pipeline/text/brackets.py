"""Finds the quotes and brackets that are open at a place in a text.

Writers use the same mark both ways: „German“ and “English”, «French» and »German«, and the straight quote. What else
is open, and the white space beside it, show which it is. An apostrophe looks like a single quote, so that neither
counts.
"""

import re

from pipeline.text.marks import is_spaceless

REACH = 200
"""Characters for which a mark stays open at most: one that is never closed must not rule the rest of the text."""

_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "【": "】", "〔": "〕", "〈": "〉", "《": "》"}
_QUOTES = {"“": "”", "„": "“”", "«": "»", "‹": "›", "「": "」", "『": "』", "»": "«»", "›": "‹›", "”": "”", '"': '"'}
_CLOSED_BY = _BRACKETS | _QUOTES
_SPACED = "«‹"
"""Opening quotes that French puts a space behind."""

_MARKS = re.compile("[" + re.escape("".join({*_CLOSED_BY, *"".join(_CLOSED_BY.values())})) + "]")
_ASCII_MARKS = re.compile(r"[()\[\]{}\"]")  # twice as fast


def opening_before(text: str, end: int) -> int | None:
    """Return where the outermost quote or bracket begins that is open at text[end]; None when none is."""
    opened: list[int] = []
    for mark in (_ASCII_MARKS if text.isascii() else _MARKS).finditer(text, max(end - REACH, 0), end):
        closed = [index for index in range(len(opened)) if mark[0] in _CLOSED_BY[text[opened[index]]]]
        if closed:
            del opened[closed[-1] :]
        elif _opens(text, mark.start()):
            opened.append(mark.start())
    return opened[0] if opened else None


def is_bracket(opening: str) -> bool:
    """Whether an opening mark is a bracket rather than a quote."""
    return opening in _BRACKETS


def _opens(text: str, at: int) -> bool:
    """Whether a mark that closes nothing opens something: it leans on a word behind it, and not on one before it.

    Others are smileys, inches, and ends of what began in an earlier sentence.
    """
    if text[at] not in _CLOSED_BY:
        return False
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if after.isspace():
        return text[at] in _SPACED and not before.strip()
    return not before.isalnum() or is_spaceless(before) or text[at] in _BRACKETS
