"""E-mail and web addresses, word by word."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import Shape, Written, shape

_ENDINGS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|co|dev|app|ai|tv|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|es|it|nl|be|pt|pl|se|dk"
    "|fi|mx|ar|cl|pe|br|jp|cn|kr|ru|za"
)
"""Last parts of hosts. Others may be a file's (".js") or a missing space ("all.So")."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*"
_HOST = rf"(?:{_NAME}\.)+(?i:{_ENDINGS})"
_PARTS = re.compile(r"[A-Za-z]+|\d+|.", re.DOTALL)


def shapes(language: Language) -> Iterator[Shape]:
    """The shapes of addresses."""
    marks = {
        ".": language.vocabulary.words["dot"],
        "@": language.vocabulary.words["at"],
        "-": language.vocabulary.words["dash"],
        "_": language.vocabulary.words["underscore"],
        "/": language.vocabulary.words["slash"],
        "+": language.vocabulary.words["plus"],
    }

    def part(text: str) -> str:
        if not text.isdecimal():
            return marks.get(text, text)
        is_short = len(text) <= 2 and not text.startswith("0")
        return language.cardinal(int(text)) if is_short else language.digits(text)

    def read(text: Written) -> str:
        return " ".join(part(each) for each in _PARTS.findall(text.match[0].rstrip("/")))

    yield shape(rf"[A-Za-z0-9][A-Za-z0-9._+-]*@(?:{_NAME}\.)+[A-Za-z]{{2,}}", read)
    yield shape(rf"{_HOST}(?:/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)*/?", read)
