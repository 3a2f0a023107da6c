"""Written forms: where one begins and ends, and what is known of its surroundings."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.text.marks import CLOSERS
from pipeline.text.markup import Edit

CONTEXT = 40
"""Characters before and after a form that may decide what it means."""

SPACE = "[ \u00a0\u202f\u2009]"
"""One space within a form, which may be one that holds a line together."""

_END = rf"(?=[{CLOSERS},;:.!?…]*(?:[\s—]|\Z)|['’]s\b|-[^\W\d_]{{2}}[^\s\d]*(?:\s|\Z))"
"""A form ends with its word, marks aside. A hyphen and a word may follow: "5-star", "90er-Jahre"."""


@dataclass(frozen=True, slots=True)
class Written:
    """One form that was found, and the text around it."""

    match: re.Match[str]
    before: str
    after: str

    def __getitem__(self, group: str) -> str:
        """The text of a group; empty when there is none."""
        return self.match[group] or ""

    @property
    def next_word(self) -> str:
        """The word behind it, if only a space is between; else empty."""
        following = _NEXT_WORD.match(self.after)
        return following[1] if following else ""

    def follows(self, words: str) -> bool:
        """Whether one of `words`, a regular expression, stands right before it, in any case."""
        return re.search(rf"(?<![^\W_])(?:{words}){SPACE}\Z", self.before, re.IGNORECASE) is not None


_NEXT_WORD = re.compile(rf"{SPACE}([^\W\d_]+)")

Read = Callable[[Written], str | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of written form. `read` returns what is said instead; None when it is in doubt."""

    pattern: re.Pattern[str]
    read: Read

    def at(self, text: str, start: int) -> Edit | None:
        """Return the edit for a form that begins at `start`; None when there is none."""
        match = self.pattern.match(text, start)
        if match is None:
            return None
        end = match.end()
        spoken = self.read(Written(match, text[max(start - CONTEXT, 0) : start], text[end : end + CONTEXT]))
        return None if spoken is None else Edit(start, end, spoken)


def shape(pattern: str, read: Read) -> Shape:
    """Make a shape of a pattern for a whole form."""
    return Shape(re.compile(rf"(?:{pattern}){_END}"), read)


def any_of(forms: Iterable[str]) -> str:
    """Make a pattern of literal forms, of which the longest is found."""
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
