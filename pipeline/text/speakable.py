"""Makes the speakable text of a chunk, with the way back to what was written.

Never spoken: markdown (of emphasis, headings, quotes, bullets, links and tables the words remain), tags, comments, code
blocks, images, citations, where links lead, the lines of drawn tables and boxes, emoji and other pictographs, control
characters. Inline code is spoken, and so are the numbers of a list: people answer "the second one". Of a web address
the host remains ("example.com"); a formula is spoken in words. Numbers, currency, "&" and e-mail addresses stay as
written, since voices read them well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from pipeline.text.fences import CodeBlocks
from pipeline.text.marks import CLOSERS, CODE_BLOCK, SILENT_TEXT, STOPS
from pipeline.text.markup import BORDERS, PICTOGRAPHS, Edit, LinePart, has_border, inline_edits
from pipeline.text.spans import line_extent


@dataclass(frozen=True, slots=True)
class Speakable:
    """A chunk for the synthesizer; `text` is empty when nothing of it can be spoken."""

    text: str
    """The text for the synthesizer."""

    written: str
    """The chunk that it was made of."""

    ends: Sequence[int]
    """The number of written characters for 0, 1, 2... spoken ones; markup that closes after a word counts to it,
    and what is spoken in place of something else counts only as a whole."""

    blocks: Sequence[tuple[int, int, str]] = ()
    """Where in `written` something begins and ends that is only to be read, and what it is called."""

    def written_end(self, spoken_end: int) -> int:
        """Return how much of `written` has been said when text[:spoken_end] has."""
        return self.ends[min(max(spoken_end, 0), len(self.text))]


class _Line(Enum):
    TEXT = auto()
    ITEM = auto()  # of a list, or a heading: sounds like a sentence, also when no full stop is written
    ROW = auto()  # of a table
    HIDDEN = auto()  # says where a link leads


SHORT_LINE = 40
"""Characters of a silent line that is no block: a rule, or that of a small table."""

_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})")
_ROW_RULE = re.compile(r"(?:[ \t]*\|)?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?[ \t]*")
_PREFIX = re.compile(
    r"[ \t]*(?:>[ \t]*)*"
    r"(?:(?P<item>#{1,6}(?=[ \t])|[-*+–•‣◦▪●○](?=[ \t]))[ \t]+(?:\[[ xX]\][ \t]+)?"
    r"|(?P<number>(?=\d{1,3}[.)][ \t]))"
    rf"|(?P<row>[{BORDERS}][ \t{BORDERS}]*))?"
)
_LINK_NAME = re.compile(r"[ \t>]*\[[^\[\]\n^][^\[\]\n]*\]:\s*")
_LINK_TARGET = re.compile(r"<|[A-Za-z][\w+.-]*:\S|www\.|[./#?][\w./#?-]|[\w-]+(?:\.[\w-]+)+(?:/|\s*\Z)")
_CLOSED = re.compile(rf"[{STOPS},;:，；：、][{CLOSERS}\s\ufe0f\u200d{PICTOGRAPHS}]*\Z")


class SpeakableFilter:
    """The chunks of one reply, in order: remembers what is open between them, a line or a code block.

    What is spoken does not depend on where the text was cut into chunks: a formula or a tag that a chunk breaks off
    waits for its end.
    """

    def __init__(self) -> None:
        self._blocks = CodeBlocks()
        self._line: _Line | None = None  # None at the start of a line
        self._before = ""  # this part of the line, its mark aside
        self._held = ""  # the beginning of a formula or the like

    def feed(self, chunk: str) -> Speakable:
        """The next chunk, as the model wrote it, with what was held back of those before it."""
        return self._speakable(self._held + chunk, is_last=False)

    def flush(self) -> Speakable:
        """What is still held back, mostly nothing: no more text will come."""
        return self._speakable(self._held, is_last=True)

    def _speakable(self, text: str, *, is_last: bool) -> Speakable:
        edits: list[Edit] = []
        start, held_from = 0, None
        while start < len(text) and held_from is None:
            end, held_from = self._extent(text, start, is_last=is_last)
            stop = end if held_from is None else held_from
            if start < stop:
                goes_on = stop < end or (text[end - 1] != "\n" and text[end - 1].isspace())
                edits += self._edits(text, start, stop, goes_on=goes_on)
            start = end
        given = len(text) if held_from is None else held_from
        self._held = text[given:]
        return _apply(text[:given], edits)

    def _extent(self, text: str, start: int, *, is_last: bool) -> tuple[int, int | None]:
        """Return where the line at `start` ends, and from where on it must wait for more of the text, if it must."""
        end = text.find("\n", start) + 1 or len(text)
        if self._blocks.is_open:
            return end, None
        if self._line is None and not is_last and (name := _LINK_NAME.match(text, start)) and name.end() == len(text):
            return end, start
        return line_extent(text, start, end, is_last=is_last)

    def _edits(self, text: str, start: int, end: int, *, goes_on: bool) -> list[Edit]:
        """Return the edits of text[start:end], a line or, if it `goes_on` or has begun before, a part of one."""
        at_start, self._line = self._line is None, self._line or _Line.TEXT
        first, last = self._blocks.text_in(text, start, end, is_first=at_start, is_last=not goes_on)
        edits: list[Edit] = []
        if first > start:
            edits += _code(text, start, first)
        if first < last:
            part = LinePart(text, first, _stripped_end(text, first, last), before=self._before, goes_on=goes_on)
            edits += self._edits_of_text(
                part, last, at_start=at_start and first == start, ends_line=text[end - 1] == "\n"
            )
        if last < end:
            edits += _code(text, max(first, last), end)
        if text[end - 1] == "\n":
            self._line, self._before = None, ""
        return edits

    def _edits_of_text(self, part: LinePart, stop: int, *, at_start: bool, ends_line: bool) -> Iterator[Edit]:
        """Return the edits of a line without code, which ends at `stop` with its white space."""
        text, end = part.text, part.end
        body = self._body_at(text, part.start, end) if at_start else part.start
        if self._line is _Line.HIDDEN:
            body = end
        if body > part.start:
            is_long = body == end and end - part.start > SHORT_LINE
            yield Edit(part.start, body, block=SILENT_TEXT if is_long else "")
        edits = list(inline_edits(replace(part, start=body) if body > part.start else part))
        yield from edits
        if self._line is _Line.TEXT and has_border(text, edits):
            self._line = _Line.ROW
        if part.goes_on:
            self._before += text[body:stop]
        is_open = ends_line and body < end and self._line is not _Line.TEXT
        if is_open and not _CLOSED.search(_spoken(text, body, end, edits)):
            yield Edit(end, end, ".")

    def _body_at(self, text: str, start: int, end: int) -> int:
        """Return where the words of a line begin, after its markup; `end` when it has none."""
        if text[start].isalpha():
            return start
        if _RULE.fullmatch(text, start, end) or _ROW_RULE.fullmatch(text, start, end):
            return end
        if (name := _LINK_NAME.match(text, start, end)) and _LINK_TARGET.match(text, name.end(), end):
            self._line = _Line.HIDDEN
            return end
        prefix = _PREFIX.match(text, start, end)
        if prefix is None or (prefix.lastgroup is None and ">" not in prefix[0]):
            return start
        if prefix.lastgroup:
            self._line = _Line.ROW if prefix.lastgroup == "row" else _Line.ITEM
        return prefix.end()


def _stripped_end(text: str, start: int, end: int) -> int:
    """Return where text[start:end] ends without the white space at its end."""
    return start + len(text[start:end].rstrip())


def _code(text: str, start: int, end: int) -> Iterator[Edit]:
    """Leave out the code in text[start:end]; its indentation and the end of its line stay."""
    end = _stripped_end(text, start, end)
    start = end - len(text[start:end].lstrip())
    if start < end:
        yield Edit(start, end, block=CODE_BLOCK)


def _spoken(text: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """Return what is spoken of text[start:end]."""
    spoken: list[str] = []
    for edit in [*edits, Edit(end, end)]:
        spoken += (text[start : edit.start], edit.spoken)
        start = edit.end
    return "".join(spoken)


def _apply(written: str, edits: Sequence[Edit]) -> Speakable:
    ends = [0]
    done = 0
    for edit in [*edits, Edit(len(written), len(written))]:
        ends += range(done + 1, edit.start + 1)
        if edit.spoken:
            ends += [edit.start] * (len(edit.spoken) - 1) + [edit.end]
        elif edit.start and ends[-1] == edit.start and not written[edit.start - 1].isspace():
            ends[-1] = edit.end
        done = edit.end
    text = _spoken(written, 0, len(written), edits)
    blocks = tuple((edit.start, edit.end, edit.block) for edit in edits if edit.block)
    if not any(char.isalnum() for char in text):
        return Speakable("", written, (0,), blocks)
    ends[-1] = len(written)
    return Speakable(text, written, tuple(ends), blocks)
