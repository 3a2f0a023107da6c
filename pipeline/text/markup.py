"""Finds what a voice must leave out of a line: emphasis, links, addresses' ends, pictographs, invisible characters.

Each mark is judged by its neighbours, never by its partner, which may be in another chunk.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Speak `spoken` in place of what was written from `start` to `end`."""

    start: int
    end: int
    spoken: str = ""


PICTOGRAPHS = (
    "\u203c\u2049\u2139\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
)
"""Emoji and the symbols drawn like them, skin tones and the letters of flags included; inside of brackets."""

_PICTURE = (
    r"(?:[0-9#*]\ufe0f?\u20e3"  # a keycap
    rf"|(?:[{PICTOGRAPHS}]|[^\w\s]\ufe0f)[\ufe0e\ufe0f\u200d\U000e0020-\U000e007f]*)"  # variant, joiner, flag's tags
)
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|del|details|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|s|small|span"
    "|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul"
)
_INLINE = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "escape": r"\\[!-/:-@\[-`{-~]",
            "image": r"!\[[^\[\]\n]*\]\([^()\n]*\)",
            "link_start": r"\[(?=[^\[\]\n]*\]\()",
            "link_end": r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\)",
            "note": r"\[\^[^\]\s]+\]:?|【\d+†[^】\n]*】",
            "scheme": r"<?(?:(?:https?|ftp)://(?:www\.)?|mailto:)(?=[^\W_])|(?<!\w)www\.(?=[^\W_])",
            "tag": rf"</?(?:{_TAGS})(?:\s[^<>\n]*|/)?>",
            "entity": r"&(?:amp|lt|gt|quot|apos|nbsp|[mn]dash|hellip|#\d{2,5});",
            "picture": rf"{_PICTURE}(?:[ \t]*{_PICTURE})*",
            "emphasis": r"\*+|(?<![^\W_])_+|_+(?![^\W_])|~~+|`+",
            "cell": r"(?<![ \t])[ \t]*\|[ \t]*",
            "control": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]",
            "invisible": (  # soft hyphen, zero width, direction, variants, private use, half a surrogate pair
                r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffd\u20e3"
                r"\ue000-\uf8ff\ud800-\udfff\U000e0000-\U0010ffff]"
            ),
        }.items()
    ),
    re.IGNORECASE,
)
_HOST = re.compile(r"[^\s/?#<>()\[\]\"`*]+?(?=:\d|[.,;:!?'_~]*(?:[\s/?#<>()\[\]\"`*]|\Z))")
_ADDRESS_REST = re.compile(  # port, path and query, up to a mark that belongs to the sentence
    r"(?::\d+)?(?:[/?#](?:[!#-'+-;=?-Z^_a-z|~\\]|\([!#-'+-;=?-Z^_a-z|~\\]*\))*(?<![.,;:!?'_~]))?/?>?"
)


def inline_edits(text: str, start: int, end: int, *, is_row: bool) -> Iterator[Edit]:
    """Return the edits of text[start:end], a line or a part of one, in order; `is_row` for a row of a table."""
    done = start
    while mark := _INLINE.search(text, done, end):
        edits = list(_edits_of(text, mark, done, end, is_row=is_row))
        yield from edits
        done = max([mark.end(), *(edit.end for edit in edits)])


def _edits_of(text: str, mark: re.Match[str], done: int, end: int, *, is_row: bool) -> Iterator[Edit]:
    """The changes for one mark; those before it reach to `done`."""
    match mark.lastgroup:
        case "escape":
            yield Edit(mark.start(), mark.start() + 1)
        case "scheme":
            yield from _address(text, mark, end)
        case "entity":
            yield Edit(mark.start(), mark.end(), html.unescape(mark[0]))
        case "picture":
            yield _picture(text, mark, done, end)
        case "emphasis":
            if not _is_arithmetic(text, mark, end):
                yield Edit(mark.start(), mark.end())
        case "cell":
            if is_row:
                yield Edit(mark.start(), mark.end(), ", " if done < mark.start() and mark.end() < end else "")
        case "control":
            yield Edit(mark.start(), mark.end(), " ")
        case _:
            yield Edit(mark.start(), mark.end())


def _address(text: str, scheme: re.Match[str], end: int) -> Iterator[Edit]:
    """Leaves the host of an address, or the whole of an e-mail's."""
    yield Edit(scheme.start(), scheme.end())
    host = _HOST.match(text, scheme.end(), end)
    if host and (rest := _ADDRESS_REST.match(text, host.end(), end)) and rest[0]:
        yield Edit(rest.start(), rest.end())


def _picture(text: str, mark: re.Match[str], done: int, end: int) -> Edit:
    """Takes a pictograph out so that one space stays where there were two, and one comes where words would meet."""
    start, stop = mark.span()
    before = text[start - 1 : start] if start > done else ""
    after = text[stop : min(stop + 1, end)]
    if before.isalnum() and after.isalnum():
        return Edit(start, stop, " ")
    if start == done and (start == 0 or text[start - 1].isspace()):
        while text[stop : stop + 1] in {" ", "\t"}:
            stop += 1
    elif not after or after in " \t.,;:!?)…":
        while start > done and text[start - 1] in " \t":
            start -= 1
    return Edit(start, stop)


def _is_arithmetic(text: str, mark: re.Match[str], end: int) -> bool:
    """Whether stars multiply rather than emphasise: "2 * 3", "2*x"."""
    if not mark[0].startswith("*"):
        return False
    before, after = text[: mark.start()][-1:], text[mark.end() : min(mark.end() + 1, end)]
    if before.isalnum() and after.isalnum():
        return before.isdigit() or after.isdigit()
    return before.isspace() and (not after or after.isspace())
