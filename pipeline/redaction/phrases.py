"""Finds names and other phrases that are listed, or that a hook has found once, and what patterns match."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from pipeline.redaction.pieces import NAME, OTHER, Hidden, Piece, pieces, plain
from pipeline.text.joining import is_unspaced

MOST_REMEMBERED = 500
"""Phrases that a hook has found; of more, the one that was found longest ago is forgotten."""

SHORTEST_BEGINNING = 3
"""Letters of a word that goes on, from which it is taken for a name that begins so."""

_WORD = re.compile(r"\S+")


class Phrases:
    """Phrases by their words, whatever their case. A part of one at the edge of a text is found, too: the rest of it
    may be in the text before or after."""

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._listed = {words: None for it in listed if (words := _words(it))}
        self._remembered: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def remember(self, phrases: Iterable[str]) -> None:
        """Find these from now on."""
        for words in filter(None, map(_words, phrases)):
            self._remembered[words] = None
            self._remembered.move_to_end(words)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    def find(
        self, text: str, found: Sequence[Piece], *, is_open: bool = False, is_whole: bool = False
    ) -> Iterator[Hidden]:
        """Every phrase in a text; `found` are its pieces.

        One that `is_open` may break off within a word. Of one that `is_whole` nothing stands elsewhere.
        """
        said = [plain(piece.word) for piece in found]
        for phrase in (*self._listed, *self._remembered):
            if is_unspaced(phrase[0][0]):
                yield from _within(text, "".join(phrase))
                continue
            edge = 0 if is_whole else len(phrase) - 1
            for begin in range(-edge, len(said) - len(phrase) + 1 + edge):
                of_text = said[max(begin, 0) : begin + len(phrase)]
                of_phrase = phrase[max(-begin, 0) : len(said) - begin]
                if all(map(_same, of_text, of_phrase)) or (
                    is_open
                    and begin + len(of_phrase) >= len(said)
                    and of_text[:-1] == list(of_phrase[:-1])
                    and len(of_text[-1]) >= SHORTEST_BEGINNING
                    and of_phrase[-1].startswith(of_text[-1])
                ):
                    for piece in found[max(begin, 0) : begin + len(phrase)]:
                        yield Hidden(piece.start, piece.end, NAME)


def find_patterns(text: str, patterns: Iterable[re.Pattern[str]]) -> Iterator[Hidden]:
    """Every word of a text of which a pattern matches a part."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            if match[0].strip():
                for word in _WORD.finditer(text):
                    if word.start() < match.end() and match.start() < word.end():
                        yield Hidden(*word.span(), OTHER)


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(plain(piece.word) for piece in pieces(phrase))


def _same(said: str, listed: str) -> bool:
    return said == listed or (said.endswith("s") and said[:-1] == listed)


def _within(text: str, phrase: str) -> Iterator[Hidden]:
    for match in re.finditer(re.escape(phrase), text):
        yield Hidden(*match.span(), NAME)
