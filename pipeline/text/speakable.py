"""Makes the speakable text of a chunk, with the way back to what was written.

Never spoken: markdown (of emphasis, headings, quotes, bullets, links and tables the words remain), code blocks, images,
emoji and other pictographs, control characters. Inline code is spoken, and so are the numbers of a list: people answer
"the second one". Of a web address the host remains ("example.com"). Numbers, currency, "&" and e-mail addresses stay
as written, since voices read them well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from pipeline.text.marks import CLOSERS, STOPS
from pipeline.text.markup import PICTOGRAPHS, Edit, inline_edits


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

    def written_end(self, spoken_end: int) -> int:
        """Return how much of `written` has been said when text[:spoken_end] has."""
        return self.ends[min(max(spoken_end, 0), len(self.text))]


class _Line(Enum):
    TEXT = auto()
    ITEM = auto()  # of a list, or a heading: sounds like a sentence, also when no full stop is written
    ROW = auto()  # of a table


_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[^`]*")
_FENCE_IN_LINE = re.compile(r"`{3,}")
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})")
_ROW_RULE = re.compile(r"(?:[ \t]*\|)?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?[ \t]*")
_PREFIX = re.compile(
    r"[ \t]*(?:>[ \t]*)*"
    r"(?:(?P<item>#{1,6}(?=[ \t])|[-*+–•‣◦▪●○](?=[ \t]))[ \t]+(?:\[[ xX]\][ \t]+)?"
    r"|(?P<number>(?=\d{1,3}[.)][ \t]))"
    r"|(?P<row>\|[ \t]*))?"
)
_CLOSED = re.compile(rf"[{STOPS},;:，；：、][{CLOSERS}\s\ufe0f\u200d{PICTOGRAPHS}]*\Z")


class SpeakableFilter:
    """The chunks of one reply, in order: remembers what is open between them, a line or a code block."""

    def __init__(self) -> None:
        self._fence = ""  # what opened the code block that the text is in
        self._line: _Line | None = None  # None at the start of a line

    def feed(self, chunk: str) -> Speakable:
        """The next chunk, as the model wrote it."""
        edits = [edit for line in _LINES.finditer(chunk) for edit in self._edits(chunk, line.start(), line.end())]
        return _apply(chunk, edits)

    def _edits(self, chunk: str, start: int, end: int) -> Iterator[Edit]:
        """Return the edits of chunk[start:end], a line or the rest or beginning of one."""
        at_start, self._line = self._line is None, self._line or _Line.TEXT
        text_end = start + len(chunk[start:end].rstrip())
        code_at = self._code_at(chunk, start, text_end, at_start=at_start)
        body = start
        if at_start and code_at > start:
            body = self._body_at(chunk, start, code_at)
            if body > start:
                yield Edit(start, body)
        yield from inline_edits(chunk, body, code_at, is_row=self._line is _Line.ROW)
        if code_at < text_end:
            yield Edit(code_at, text_end)
        if chunk[end - 1] == "\n":
            if self._line is not _Line.TEXT and body < text_end and not _CLOSED.search(chunk, body, text_end):
                yield Edit(text_end, text_end, ".")
            self._line = None

    def _code_at(self, chunk: str, start: int, end: int, *, at_start: bool) -> int:
        """Return where in the line chunk[start:end] a code block begins, `end` for none; opens and closes blocks."""
        fence = _FENCE.fullmatch(chunk, start, end) if at_start else None
        if self._fence:
            if fence and fence[1].startswith(self._fence) and fence.end(1) == end:
                self._fence = ""
            return start
        if fence:
            self._fence = fence[1]
            return start
        marks = list(_FENCE_IN_LINE.finditer(chunk, start, end))
        if len(marks) % 2 == 0:
            return end
        self._fence = marks[-1][0]
        return marks[-1].start()

    def _body_at(self, chunk: str, start: int, end: int) -> int:
        """Return where the words of a line begin, after its markup; `end` when it has none."""
        if _RULE.fullmatch(chunk, start, end) or _ROW_RULE.fullmatch(chunk, start, end):
            return end
        prefix = _PREFIX.match(chunk, start, end)
        if prefix is None or (prefix.lastgroup is None and ">" not in prefix[0]):
            return start
        if prefix.lastgroup:
            self._line = _Line.ROW if prefix.lastgroup == "row" else _Line.ITEM
        return prefix.end()


def _apply(written: str, edits: list[Edit]) -> Speakable:
    spoken: list[str] = []
    ends = [0]
    done = 0
    for edit in [*edits, Edit(len(written), len(written))]:
        spoken += (written[done : edit.start], edit.spoken)
        ends += range(done + 1, edit.start + 1)
        if edit.spoken:
            ends += [edit.start] * (len(edit.spoken) - 1) + [edit.end]
        elif edit.start and ends[-1] == edit.start and not written[edit.start - 1].isspace():
            ends[-1] = edit.end
        done = edit.end
    text = "".join(spoken)
    if not any(char.isalnum() for char in text):
        return Speakable("", written, (0,))
    ends[-1] = len(written)
    return Speakable(text, written, tuple(ends))
