"""Takes out what a model thinks aloud before it answers: `<think>…</think>` and the like, in a stream of tokens.

Such a block opens the reply or a line of it. A tag in mid-line is talk about tags, and stays. The white space after a
block goes with it.
"""

import re

_NAMES = ("think", "thinking", "reasoning")
_OPENING = re.compile(rf"<({'|'.join(_NAMES)})>", re.IGNORECASE | re.ASCII)
_OPENINGS = tuple(f"<{name}>" for name in _NAMES)


class ReasoningFilter:
    """Takes tokens, gives the answer in them; one for each reply.

    At the start of a line, what may become a tag waits until it is one or is none; nothing else does.
    """

    def __init__(self) -> None:
        self._held = ""  # too short to decide
        self._closing: re.Pattern[str] | None = None  # what ends the block that the text is in
        self._at_line_start = True
        self._after_block = False  # and the white space that follows it

    @property
    def closing_tag(self) -> str:
        """What would end the block that the text is in; empty outside of one."""
        return "" if self._closing is None else self._closing.pattern

    def feed(self, token: str) -> str:
        """The next token; returns what is known by now to be answer, and was not given before."""
        text, self._held = self._held + token, ""
        answer: list[str] = []
        while text:
            if self._closing is not None:
                text = self._in_block(text, self._closing)
            elif self._at_line_start:
                text = self._in_line_start(text, answer)
            else:
                line, newline, text = text.partition("\n")
                answer += (line, newline)
                self._at_line_start = bool(newline)
        return "".join(answer)

    def flush(self) -> str:
        """The rest: no more text will come. A block that is still open is dropped."""
        rest = "" if self._closing is not None else self._held
        self._held = ""
        return rest

    def _in_block(self, text: str, closing: re.Pattern[str]) -> str:
        """Drops up to the end of the block; returns what follows."""
        if end := closing.search(text):
            self._closing = None
            self._after_block = True
            return text[end.end() :]
        self._held = text[-len("</reasoning") :]  # the closing tag may have begun
        return ""

    def _in_line_start(self, text: str, answer: list[str]) -> str:
        """Finds whether a block begins; returns what is still to be looked at."""
        begun = text.lstrip()
        if not self._after_block:
            answer.append(text[: len(text) - len(begun)])
        if opening := _OPENING.match(begun):
            self._closing = re.compile(f"</{opening[1]}>", re.IGNORECASE | re.ASCII)
            return begun[opening.end() :]
        if any(tag.startswith(begun.lower()) for tag in _OPENINGS):
            self._held = begun
            return ""
        self._at_line_start = self._after_block = False
        return begun
