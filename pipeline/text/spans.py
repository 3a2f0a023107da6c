"""Finds what stands between two marks that may be far apart, and is judged as a whole: tags, comments, formulas.

A mark that has no partner within MAX_SPAN characters opens nothing, and is text.
"""

import re

from pipeline.text.marks import SPACELESS

MAX_SPAN = 400
"""Characters of the longest span, an address with its query in a tag; so much text waits for a mark's partner."""

_TAGS = "a|abbr|b|big|center|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|tt|u|var"
_BREAKING_TAGS = (
    "blockquote|br|caption|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|ol|p|pre|section|summary"
    "|table|tbody|td|tfoot|th|thead|tr|ul"
)
_NAME = r"[a-z_:@][\w:.@-]*"
_ATTRIBUTE = (  # without a value only those that have none: "x<a or a>y" compares
    rf"\s+(?:{_NAME}\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+)|(?:controls|hidden|nowrap|open|reversed)(?=[\s/>]))"
)
TAG = rf"(?i:</?(?:{_TAGS}|{_BREAKING_TAGS})(?:{_ATTRIBUTE})*\s*/?>)"
COMMENT = rf"<!--(?s:.{{0,{MAX_SPAN}}}?)-->"
_DISPLAY = r"(?<!\$)\$\$(?![$),.;:!?]|[ \t]+[^\W\d_]{3})"  # two dollars, and a word or a mark: an expensive place
_VARIABLE = "[ac-jln-z](?![A-Za-z])"  # no thousands, millions or billions
_INLINE = (  # a dollar before a number is money, unless the number is all, or a sign of a formula follows
    r"\$(?=[\\({|\[A-Za-z\d+-])"
    rf"(?!\d(?![\d.,]*(?:\$|{_VARIABLE}))[^$\n\\^_=]{{0,80}}\$)(?![A-Z]{{2}})"
)
ORDINAL = r"(?:st|nd|rd|th)\b"  # written at a formula: "$n$th"
_INLINE_END = rf"\$(?!(?!{ORDINAL})[^\W{SPACELESS}])"
FORMULA = (
    rf"\\\((?s:(?!\n\s*\n).){{1,{MAX_SPAN}}}?\\\)|\\\[(?s:.{{1,{MAX_SPAN}}}?)\\\]"
    rf"|{_DISPLAY}[^$]{{1,{MAX_SPAN}}}\$\$"
    rf"|{_INLINE}[^$\n`]{{0,80}}[^$\s`]{_INLINE_END}"
)
_BREAKING = re.compile(rf"</?(?:{_BREAKING_TAGS})\b", re.IGNORECASE)
_MARK = re.compile(r"\\[\\$]|\\[(\[]|\$|<(?=[A-Za-z/!])")
_SPAN = re.compile(f"{COMMENT}|{TAG}|{FORMULA}")
_BEGUN = re.compile(
    r"<!--(?s:(?!-->).)*\Z"
    rf"|(?i:</?(?:{_TAGS}|{_BREAKING_TAGS})(?:{_ATTRIBUTE})*\s+(?:{_NAME}\s*(?:=\s*(?:\"[^\"]*|'[^']*)?)?)?\Z)"
    r"|\\\((?s:(?!\n\s*\n|\\\)).)*\Z|\\\[(?s:(?!\\\]).)*\Z"
    rf"|{_DISPLAY}[^$]*\$?\Z"
    rf"|\$(?=\\|[({{]|[A-Za-z](?![A-Za-z])|[+-]?\d[\d.,]*(?:{_VARIABLE}|\s*[\\^=+]))[^$\n`]{{0,80}}\Z"
)


def is_breaking(tags: str) -> bool:
    """Whether one of these tags parts the words around it: a line break, a cell, an item."""
    return bool(_BREAKING.search(tags))


def is_in_code(text: str, start: int, at: int) -> bool:
    """Whether inline code is open at `at` in the line that begins at `start`."""
    return text.count("`", start, at) % 2 == 1


def line_extent(text: str, start: int, end: int, *, is_last: bool) -> tuple[int, int | None]:
    """Return where the line text[start:end] ends, with the lines that a span in it reaches over.

    Also returns where a span begins that may end in text which is still to come; None when there is none, or when no
    more text will come.
    """
    at = start
    while mark := _MARK.search(text, at, end):
        at = mark.end()
        if mark[0] in {"\\\\", "\\$"} or is_in_code(text, start, mark.start()):
            continue
        if span := _SPAN.match(text, mark.start()):
            at = span.end()
            if at > end:
                end = text.find("\n", at) + 1 or len(text)
        elif not is_last and len(text) - mark.start() <= MAX_SPAN and _BEGUN.match(text, mark.start()):
            return end, mark.start()
    return end, None
