"""The seam between a reply that broke off and what a language model wrote when it was asked to go on.

Models begin with some of the words that were there already, from the last one to the whole reply. Those are left out.
"""

import re
from dataclasses import dataclass

from pipeline.text.joining import joined
from pipeline.text.marks import SPACELESS

SHORTEST_STUMP = 3
"""Letters of a last word that a longer one completes with no other word before it: "a" is no beginning of "and"."""

_UNSURE = 2
"""Words at the end of what has come that may still become others: "it" and "'" before the "s"."""

_WORD = re.compile(rf"[{SPACELESS}]|[^\W{SPACELESS}]+(?:['’][^\W{SPACELESS}]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    """Without case."""
    end: int
    """Characters of the text up to its end."""


class Seam:
    """Takes the tokens of a continuation of `written`, gives what of them is new.

    Words and marks are compared without case. The last word may have been cut off: a whole one that begins with it
    completes it. What may yet turn out to be a repetition waits until it is one or is none.
    """

    def __init__(self, written: str) -> None:
        self._written = written
        self._before = _words(written)
        self._is_cut = bool(self._before) and written[-1].isalnum()
        self._held = ""
        self._is_over = not self._before

    def feed(self, token: str) -> str:
        """Take the next token; returns what is known by now to be new."""
        if self._is_over:
            return token
        self._held += token
        coming = _words(self._held)
        if not self._held[-1:].isspace():
            coming = coming[:-_UNSURE]
        return self._settled() if coming and not self._may_repeat(coming) else ""

    def flush(self) -> str:
        """Return the rest: no more will come."""
        return "" if self._is_over else self._settled()

    def _may_repeat(self, coming: list[_Word]) -> bool:
        """Whether the words so far stand somewhere in the text, with others behind them or none."""
        return any(self._matches(coming, start) for start in range(len(self._before)))

    def _matches(self, coming: list[_Word], start: int) -> bool:
        """Whether the words are those from `start` on, as many as there are; none may go beyond the text."""
        before = self._before[start : start + len(coming)]
        if len(before) < len(coming) or any(
            it.text != word.text for it, word in zip(before[:-1], coming, strict=False)
        ):
            return False
        known, last = before[-1].text, coming[-1].text
        may_complete = self._is_cut and before[-1] is self._before[-1]
        is_long = len(coming) > 1 or len(known) >= SHORTEST_STUMP
        return last == known or (may_complete and is_long and last.startswith(known))

    def _settled(self) -> str:
        """Return what is held without the longest beginning that the text ends with."""
        self._is_over = True
        held, self._held = self._held, ""
        coming = _words(held)
        for count in range(min(len(coming), len(self._before)), 0, -1):
            if self._matches(coming[:count], len(self._before) - count):
                completed = coming[count - 1].text[len(self._before[-1].text) :]
                held = held[coming[count - 1].end - len(completed) :]
                return held.lstrip() if self._written[-1].isspace() else held
        if not held or held[0].isspace() or self._written[-1].isspace():
            return held
        return joined(self._written, held)[len(self._written) :]


def _words(text: str) -> list[_Word]:
    return [_Word(found[0].lower(), found.end()) for found in _WORD.finditer(text)]
