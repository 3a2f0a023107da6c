"""Takes a text apart into words, whatever its script."""

import re
import unicodedata
from collections.abc import Iterator

_CODES = (*range(0x80, 0x1900), *range(0x2000, 0x2070), *range(0x2E00, 0x3100), *range(0xFE00, 0xFFF0))
"""Where Unicode has the punctuation of living scripts, and characters of another width."""

_APOSTROPHES, _SYMBOLS = "’‘ʼ´", "‰§٪"
"""Punctuation by Unicode's categories that is part of a word all the same; in ASCII that are ' and % & # @ * _."""

_SAME = {"٫": ".", "٬": ",", "ـ": ""}  # an Arabic number's marks, and what only makes a word longer


def _usual_forms() -> Iterator[tuple[str, str]]:
    """Characters and what stands for them in a usual text: one apostrophe, one hyphen, one width."""
    yield from dict.fromkeys(_APOSTROPHES, "'").items()
    yield from _SAME.items()
    for character in map(chr, _CODES):
        category = unicodedata.category(character)
        if category == "Cf" or "\ufe00" <= character <= "\ufe0f":  # the direction of a text, the form of a character
            yield character, ""
        elif category == "Pd":
            yield character, "-"
        elif character >= "\uff01" and category != "Cn":
            yield character, unicodedata.normalize("NFKC", character)


_USUAL = dict(_usual_forms())
_UNUSUAL = re.compile(f"[{''.join(_USUAL)}]")

_PUNCTUATION = "".join(
    character
    for character in map(chr, _CODES)
    if unicodedata.category(character)[0] == "P" and character not in _USUAL and character not in _SYMBOLS
)
_BETWEEN = f'\\s!?;()\\[\\]{{}}"`{_PUNCTUATION}'
_TOKEN = re.compile(f"[^{_BETWEEN}]+")

_MARKS = ".,:/'-~"
"""What belongs to a word only in some places."""

_LETTERS = f"[^{_BETWEEN}.,:/'\\-~]+"
_PLAIN_WORD = re.compile(rf"{_LETTERS}(?:['\-]+{_LETTERS})*")
_MARK_WITHIN = re.compile(r"[.,:/~](?=\S)|(?<!\S)-(?=\S)")
"""Without such a one all words are plain."""

_RUN = r"[^.,:/'\-~]+"
_WORD = re.compile(
    r"(?:^-(?=[\d.$€£¥₹]))?(?:(?<![^-])\.(?=\d))?"  # -5, .5
    rf"{_RUN}(?:(?:['\-]+"
    r"|(?<=\d)[.,:/](?=\d)"  # 3.5, 10:30
    r"|(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)"  # p.m.
    rf"){_RUN})*"
)


def normalized(text: str) -> str:
    """A text in composed form (NFC), with one hyphen, one apostrophe, and characters in their usual width."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _UNUSUAL.sub(lambda unusual: _USUAL[unusual[0]], text))


def tokens(text: str) -> list[str]:
    """The words of a text without punctuation, but with the hyphens, apostrophes and symbols that belong to them.

    "C++", "50%", "$5", "-5", "3.5", "10:30" and "p.m." (as "pm") are one each, and combining marks stay with their
    letters.
    """
    text = normalized(text)
    found: list[str]
    if not _MARK_WITHIN.search(text):
        found = _PLAIN_WORD.findall(text)
        return found
    found = _TOKEN.findall(text)
    return [word for token in found for word in ((token,) if token.isalnum() else _words(token))]


def _words(token: str) -> list[str]:
    found: list[str] = _WORD.findall(token.rstrip(_MARKS))
    return [word.replace(".", "") if word[0].isalpha() and word[1:2] == "." else word for word in found]
