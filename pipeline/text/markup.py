"""Finds what a voice must leave out of a line: emphasis, links, addresses' ends, citations, tags, pictographs.

Each mark is judged by its neighbors, never by its partner, which may be in another chunk; only the spans of
`pipeline.text.spans` are there as a whole.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5

from pipeline.text.citations import NUMBERS, is_cited
from pipeline.text.formulas import is_command, spoken_formula
from pipeline.text.marks import NOTE, SPACELESS, STOPS
from pipeline.text.spans import COMMENT, FORMULA, ORDINAL, TAG, is_breaking, is_in_code


@dataclass(frozen=True, slots=True)
class Edit:
    """Speak `spoken` in place of what was written from `start` to `end`."""

    start: int
    end: int
    spoken: str = ""
    block: str = ""
    """What is left out as a whole is called so: "code block"; empty for the marks in a line."""


PICTOGRAPHS = (
    "\u203c\u2049\u2139\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
)
"""Emoji and the symbols drawn like them, skin tones and the letters of flags included; inside of brackets."""

BORDERS = "|\u2500-\u259f"
"""What tables, trees and boxes are drawn with; inside of brackets."""

_PICTURE = (
    r"(?:[0-9#*]\ufe0f?\u20e3"  # a keycap
    rf"|(?:[{PICTOGRAPHS}]|[^\w\s]\ufe0f)[\ufe0e\ufe0f\u200d\U000e0020-\U000e007f]*)"  # variant, joiner, flag's tags
)
_CITATION = (  # also with an address: [1](https://...); in Chinese and Japanese brackets what models cite files with
    rf"{NUMBERS}(?:\([^()\s]*\))?"
    r"|【\d+(?:[:,、–-]\d+)*(?:†[^】\n]*)?】|\[\^[^\]\s]+\]:?"
    f"|{NOTE}"  # a model may imitate what its history has
)
_TARGET = (  # of a link; models also write spaces in it
    r"\(\s*(?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*+|(?i:https?://|www\.)[^()\n\"']*+)"
    r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_LABEL = r"[^\[\]\n]*(?:\[[^\[\]\n]*\](?:\([^()\n]*\))?[^\[\]\n]*){0,3}"
"""Of a link, with a few brackets or an image in it."""
_GROUPS = r"\{(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*\})*\})*\}"
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_INLINE = re.compile(
    rf"(?=[^\w\s]|[_0-9FHMWfhmw{_CONTROLS}])(?:"  # what a mark begins with: most letters need no look at all of them
    + "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "formula": FORMULA,
            "escape": r"\\[!-/:-@\[-`{-~]",
            "command": rf"(?<![A-Za-z:\\/.])\\[A-Za-z]+(?:\[[^\[\]\n]*\])?(?:{_GROUPS})*(?:[\^_](?:{_GROUPS}|\\?\w+))*",
            "image": r"!\[[^\[\]\n]*\]\((?:[^()\n]|\([^()\n]*\))*\)",
            "citation": rf"(?:{_CITATION})(?:[ \t]?(?:{_CITATION}))*",
            "link_start": rf"(?<![A-Za-z0-9_])\[(?={_LABEL}\](?:\(|\[[^\[\]\n]*\]))",
            "link_end": rf"\]{_TARGET}",
            "reference": r"\]\[[^\[\]\n]*\]",
            "scheme": r"(?i:<?(?:(?:https?|ftp)://(?:www\.)?|mailto:)(?=[^\W_])|(?<!\w)www\.(?=[^\W_]))",
            "comment": COMMENT,
            "special": r"<[|｜][^<>|｜\s]{1,40}[|｜]>",  # a token of the model that its server let through
            "tag": rf"{TAG}(?:[ \t]*{TAG})*",
            "entity": r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});",
            "picture": rf"{_PICTURE}(?:[ \t]*{_PICTURE})*",
            "emphasis": r"\*+|(?<![^\W_])_+|_+(?![^\W_])|~~+|`+",
            "border": rf"(?<![`\"'])[{BORDERS}](?:[ \t]*[{BORDERS}])*[ \t]*",
            "control": rf"[{_CONTROLS}]",
            "invisible": (  # soft hyphen, zero width, direction, variants, private use, half a surrogate pair
                r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffd\u20e3"
                r"\ue000-\uf8ff\ud800-\udfff\U000e0000-\U0010ffff]"
            ),
        }.items()
    )
    + ")"
)
_IN_TEXT_ONLY = {"formula", "command", "citation", "comment", "tag", "border"}
"""Marks that stand for themselves in inline code: `a[1]`, `<br>`."""

_COMMAND_NAME = re.compile(r"\\([A-Za-z]+)")
_ONLY_BORDER = re.compile(rf"[ \t]*[{BORDERS}][ \t{BORDERS}]*")
_ONLY_PICTURE = re.compile(_PICTURE)
_CLOSE_TO_WORD = f" \t{STOPS},;:،؛，；：、)"  # no space stands before these
_WORD = re.compile(r"\w")
_ORDINAL = re.compile(ORDINAL)
_HOST = re.compile(r"[^\s/?#<>()\[\]\"`*]+?(?=:\d|[.,;:!?'_~]*(?:[\s/?#<>()\[\]\"`*]|\Z))")
_IN_ADDRESS = rf"(?:[!#-'+-;=?-Z^_a-z|~\\]|[^\W\x00-\x7f{SPACELESS}]|[\u0300-\u036f\u0900-\u0963\u0966-\u0dff])"
"""Besides ASCII also letters, but for scripts without spaces, whose words may follow."""
_ADDRESS_REST = re.compile(  # port, path and query, up to a mark that belongs to the sentence
    rf"(?::\d+)?(?:[/?#](?:{_IN_ADDRESS}|\({_IN_ADDRESS}*\))*(?<![.,;:!?'_~]))?/?>?"
)


@dataclass(frozen=True, slots=True)
class LinePart:
    """A line's text, or a part of it: text[start:end]."""

    text: str
    start: int
    end: int
    before: str = ""
    """What stands before it in the line, without the line's mark."""
    goes_on: bool = False
    """More of the line will come."""

    @property
    def is_begun(self) -> bool:
        """Whether words of the line stand before it."""
        return bool(_WORD.search(self.before))

    def is_inner(self, start: int, end: int) -> bool:
        """Whether there are words of the line before `start`, and something after `end`."""
        return (self.goes_on or end < self.end) and (self.is_begun or bool(_WORD.search(self.text, self.start, start)))


def inline_edits(part: LinePart) -> Iterator[Edit]:
    """Return the edits of a line, or of a part of one, in order."""
    done = part.start
    while mark := _INLINE.search(part.text, done, part.end):
        if mark.lastgroup in _IN_TEXT_ONLY and is_in_code(part.text, part.start, mark.start()):
            done = mark.end()
            continue
        edits = list(_edits_of(part, mark, done))
        yield from edits
        done = max([mark.end(), *(edit.end for edit in edits)])


def has_border(text: str, edits: Iterable[Edit]) -> bool:
    """Whether something that parts the cells of a row is among what is left out."""
    return any(_ONLY_BORDER.fullmatch(text, edit.start, edit.end) for edit in edits)


def _edits_of(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """The changes for one mark; those before it reach to `done`."""
    return _EDITS.get(mark.lastgroup or "", _drop)(part, mark, done)


def _drop(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    yield Edit(mark.start(), mark.end())


def _escape(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    yield Edit(mark.start(), mark.start() + 1)


def _control(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    yield Edit(mark.start(), mark.end(), " ")


def _formula(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    sign = 2 if mark[0][1] in "([$" else 1
    yield _in_words(part, mark, mark[0][sign:-sign])


def _command(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    if (name := _COMMAND_NAME.match(mark[0])) and is_command(name[1]):
        yield _in_words(part, mark, mark[0])


def _in_words(part: LinePart, mark: re.Match[str], latex: str) -> Edit:
    """Say a formula, with spaces where its words would meet those beside it."""
    start, end = mark.span()
    before = " " if start > part.start and part.text[start - 1].isalnum() else ""
    after = " " if end < part.end and part.text[end].isalnum() and not _ORDINAL.match(part.text, end) else ""
    return Edit(start, end, f"{before}{spoken}{after}" if (spoken := spoken_formula(latex)) else before or after)


def _left_out(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Take a mark out so that one space stays where there were two, and one comes where words would meet."""
    text, (start, stop) = part.text, mark.span()
    before = text[start - 1 : start] if start > done else ""
    after = text[stop : min(stop + 1, part.end)]
    if before.isalnum() and after.isalnum():
        yield Edit(start, stop, " ")
        return
    if start == done and (start == 0 or text[start - 1].isspace()):
        while stop < part.end and text[stop] in " \t":
            stop += 1
    elif not after or after in _CLOSE_TO_WORD:
        while start > done and text[start - 1] in " \t":
            start -= 1
    yield Edit(start, stop)


def _citation(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Leave numbers in brackets out that name a source."""
    before = part.before + part.text[part.start : mark.start()]
    if is_cited(mark[0], before, is_last=not part.goes_on and mark.end() == part.end):
        yield from _left_out(part, mark, done)


def _reference(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Leave a link's name out: "[text][name]". In "x[i][j]" it is an index."""
    opening = part.text.rfind("[", part.start, mark.start())
    before = part.text[opening - 1] if opening > part.start else " "
    if not (before.isascii() and (before.isalnum() or before == "_")):
        yield Edit(mark.start(), mark.end())


def _address(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Leaves the host of an address, or the whole of an e-mail's."""
    yield Edit(mark.start(), mark.end())
    host = _HOST.match(part.text, mark.end(), part.end)
    if host and (rest := _ADDRESS_REST.match(part.text, host.end(), part.end)) and rest[0]:
        yield Edit(rest.start(), rest.end())


def _tag(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    start, end = mark.span()
    is_after = part.is_begun if start == part.start else not part.text[start - 1].isspace()
    is_before = end < part.end and not part.text[end].isspace()
    yield Edit(start, end, " " if is_after and is_before and is_breaking(mark[0]) else "")


def _entity(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    name = mark[0]
    char = html.unescape(name) if name[1] == "#" else html5.get(name[1:], name)
    if char.isspace():
        char = " "
    elif not char.isprintable() or _ONLY_PICTURE.fullmatch(char):
        char = ""
    if char != name:
        yield Edit(mark.start(), mark.end(), char)


def _border(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Say a pause in place of a border between two cells."""
    start, end = mark.span()
    while start > done and part.text[start - 1] in " \t":
        start -= 1
    yield Edit(start, end, ", " if part.is_inner(start, end) else "")


def _emphasis(part: LinePart, mark: re.Match[str], done: int) -> Iterator[Edit]:
    """Leave marks of emphasis out, but not stars that multiply: "2 * 3", "2*x"."""
    before = part.text[max(mark.start() - 1, 0) : mark.start()]
    after = part.text[mark.end() : min(mark.end() + 1, part.end)]
    is_inner = before.isalnum() and after.isalnum()
    is_apart = before.isspace() and (not after or after.isspace())
    is_product = before.isdigit() or after.isdigit() if is_inner else is_apart
    if not (mark[0].startswith("*") and is_product):
        yield Edit(mark.start(), mark.end())


_EDITS: dict[str, Callable[[LinePart, re.Match[str], int], Iterator[Edit]]] = {
    "escape": _escape,
    "formula": _formula,
    "command": _command,
    "citation": _citation,
    "reference": _reference,
    "scheme": _address,
    "tag": _tag,
    "entity": _entity,
    "picture": _left_out,
    "comment": _left_out,
    "emphasis": _emphasis,
    "border": _border,
    "control": _control,
}
