"""A dictionary of words and phrases, and how they are to be said."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from pipeline.text.marks import SPACELESS, is_spaceless
from pipeline.text.markup import Edit

_TOKEN = re.compile(rf"[{SPACELESS}]|[^\W{SPACELESS}]+|[^\w\s]")


class Pronunciations:
    """Finds the words of a dictionary in a text.

    A row in lower case is found in any case, one with a capital only as it is written. Words are found as wholes, where
    their script has spaces between words; else anywhere. Of several rows that fit at a place the longest is taken, and
    of two of one length that with a capital. White space in a row stands for any in the text.
    """

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._rows: defaultdict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)  # by their first token
        for row in sorted(rows, key=lambda row: (-len(row), row == row.lower())):
            if first := _TOKEN.search(row):
                words = r"\s+".join(re.escape(word) for word in row.split())
                pattern = re.compile(words, re.IGNORECASE if row == row.lower() else 0)
                self._rows[first[0].casefold()].append((pattern, rows[row]))

    def edits(self, text: str) -> Iterator[Edit]:
        """The places of words in `text`, in order, and what is said there."""
        if not self._rows:
            return
        done = 0
        for token in _TOKEN.finditer(text):
            if token.start() < done:
                continue
            for pattern, spoken in self._rows.get(token[0].casefold(), ()):
                match = pattern.match(text, token.start())
                if match and _is_whole(text, match.start(), match.end()):
                    yield Edit(match.start(), match.end(), spoken)
                    done = match.end()
                    break


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no letter, digit or mark of a script with spaces goes on before or behind text[start:end]."""
    before, after = text[:start][-1:], text[end : end + 1]
    if after and unicodedata.category(after).startswith("M"):
        return False  # the last letter is another one
    return (is_spaceless(text[start]) or not _is_of_word(before)) and (
        is_spaceless(text[end - 1]) or not _is_of_word(after)
    )


def _is_of_word(character: str) -> bool:
    """Whether a character belongs to a word of a script with spaces."""
    if not character or is_spaceless(character):
        return False
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")
