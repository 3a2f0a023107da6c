"""Puts what is to be said in the place of what is written, in one chunk, and keeps the way back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.text.marks import OPENERS
from pipeline.text.markup import Edit
from pipeline.text.speakable import Speakable
from pipeline.text.spoken.pronunciations import Pronunciations

if TYPE_CHECKING:
    from pipeline.text.spoken.shapes import Shape

_WORD = re.compile(r"[^\s—]+")
_LEADING = re.compile(rf"[{re.escape(OPENERS)}]*")
_HINT = re.compile(r"[\d@\u00bc-\u00be\u2150-\u215e]|[IVXLC]\b|[IVX](?:er|re|e|ère|ème)\b|\w\.\w")
"""A chunk without any of these has none of the forms: most have not."""


class Verbalizer:
    """What a voice is to say of a chunk, as a function of the chunk alone.

    `pronunciations` has words and how they are to be said; they go before numbers. Written numbers become words by
    `shapes`, the forms of a language; without any they stay as written.
    """

    def __init__(self, pronunciations: Mapping[str, str] | None = None, shapes: Sequence["Shape"] = ()) -> None:
        self._pronunciations = Pronunciations(pronunciations or {})
        self._shapes = shapes

    def __call__(self, chunk: Speakable) -> Speakable:
        """Return the chunk with the words for the voice."""
        edits = list(self._pronunciations.edits(chunk.text))
        if self._shapes and _HINT.search(chunk.text):
            apart = [edit for edit in self._numbers(chunk.text) if not _touches(edit, edits)]
            edits = sorted([*edits, *apart], key=lambda edit: edit.start)
        return _replaced(chunk, edits) if edits else chunk

    def _numbers(self, text: str) -> Iterator[Edit]:
        done = 0
        for word in _WORD.finditer(text):
            if word.start() < done:
                continue
            leading = _LEADING.match(text, word.start(), word.end())
            assert leading is not None
            for start in dict.fromkeys((word.start(), leading.end())):
                if (edit := self._number_at(text, start)) is not None:
                    yield edit
                    done = edit.end
                    break

    def _number_at(self, text: str, start: int) -> Edit | None:
        for shape in self._shapes:
            if (edit := shape.at(text, start)) is not None:
                return edit
        return None


AS_WRITTEN = Verbalizer()
"""Changes nothing."""


def make_verbalizer(pronunciations: Mapping[str, str], language: str | None) -> Verbalizer:
    """Make a verbalizer for the language of a tag such as en-GB; None for a voice that says numbers by itself.

    Where the numbers of the language are not known they stay as written.
    """
    if language is None:
        return Verbalizer(pronunciations) if pronunciations else AS_WRITTEN
    from pipeline.text.spoken.languages import shapes_of  # here: it takes its time, and most voices do without

    return Verbalizer(pronunciations, shapes_of(language))


def _touches(edit: Edit, others: Sequence[Edit]) -> bool:
    return any(edit.start < other.end and other.start < edit.end for other in others)


def _replaced(chunk: Speakable, edits: Sequence[Edit]) -> Speakable:
    """The chunk with its text edited. What is said instead of something counts only as a whole, as in Speakable."""
    spoken: list[str] = []
    ends = [chunk.ends[0]]
    done = 0
    for edit in edits:
        start = edit.start
        while start > done and chunk.text[start - 1] in OPENERS and not chunk.text[start - 1].isspace():
            start -= 1  # a bracket before it counts with it
        spoken += (chunk.text[done : edit.start], edit.spoken)
        ends += chunk.ends[done + 1 : start + 1]
        ends += [chunk.ends[start]] * (edit.start - start + len(edit.spoken) - 1)
        ends.append(chunk.ends[edit.end])
        done = edit.end
    spoken.append(chunk.text[done:])
    ends += chunk.ends[done + 1 :]
    return replace(chunk, text="".join(spoken), ends=tuple(ends))
