"""Finds the code blocks of a reply, line by line.

As CommonMark has them (https://spec.commonmark.org/0.31.2/#fenced-code-blocks), but words that are lost are worse than
code that is spoken, and models write less strictly: ticks in mid-line open a block only where they end the line
("Try: ```js"), and the fence that closes a block may be followed by words, or end the last line of the code.
"""

import re

_OPENING = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*"  # at any depth of quotes and lists
    r"(`{3,}(?=[^`\n]*\n)|~{3,}(?=[^~\n]*\n))[^\n]*\n"
)
_CLOSING = re.compile(r"[ \t>]*(`{3,}|~{3,})(?![\w+#.-]+[ \t\r]*\n)")  # with a language's name it is another opening
_CLOSING_AT_END = re.compile(r"`{3,}(?=\s*\Z)")
_TICKS = re.compile(r"`{3,}")
_OPENING_AT_END = re.compile(r"`{3,}[\w+#.-]*[ \t\r]*\n")


class CodeBlocks:
    """Remembers, from line to line of one reply, whether a block is open."""

    def __init__(self) -> None:
        self._fence = ""  # what opened the block that the text is in
        self._began_in_line = False
        self._runs = 0  # of ticks so far in a line: inline code is open after an odd one

    @property
    def is_open(self) -> bool:
        """Whether the next line is code, or closes it."""
        return bool(self._fence)

    def text_in(self, line: str, start: int, end: int, *, is_first: bool, is_last: bool) -> tuple[int, int]:
        """Return where the text of line[start:end] begins and ends; what is outside of it is code.

        `is_first` and `is_last`: whether the line begins and ends there, as it may come in parts.
        """
        begin = start
        if self._fence:
            begin = self._after_code(line, start, end, is_first=is_first, is_last=is_last)
        if self._fence:
            return end, end
        return begin, self._before_code(line, begin, end, is_first=is_first and begin == start, is_last=is_last)

    def _after_code(self, line: str, start: int, end: int, *, is_first: bool, is_last: bool) -> int:
        """Close the block if the line does, and return where the text after it begins."""
        closing = _CLOSING.match(line, start, end) if is_first else None
        if closing and closing[1].startswith(self._fence):
            self._fence = ""
            return closing.end(1)
        closing = None
        if self._began_in_line:
            closing = _TICKS.search(line, start, end)
        elif is_last:
            closing = _CLOSING_AT_END.search(line, start, end)
        if is_first and closing and not line[start : closing.start()].strip():
            return end  # the beginning of a line was judged above
        if closing and closing[0].startswith(self._fence):
            self._fence = ""
            return closing.end()
        return end

    def _before_code(self, line: str, start: int, end: int, *, is_first: bool, is_last: bool) -> int:
        """Open a block if the line does, and return where the text before it ends."""
        if is_first and (opening := _OPENING.fullmatch(line, start, end)):
            self._fence, self._began_in_line = opening[1], False
            return start
        runs = list(_TICKS.finditer(line, start, end))
        self._runs += len(runs)
        opens = bool(runs) and self._runs % 2 and _OPENING_AT_END.fullmatch(line, runs[-1].start(), end)
        if is_last:
            self._runs = 0
        if not opens:
            return end
        self._fence, self._began_in_line = runs[-1][0], True
        return runs[-1].start()
