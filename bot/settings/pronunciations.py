"""The pronunciation dictionary of the settings: a file of rows, or a mapping that a program gives.

A file is UTF-8 text with a row a line, `WORD = HOW IT IS SAID`. Empty lines, and lines that begin with #, are skipped.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.settings.text_file import read_text_file

LARGEST = 100_000
"""Bytes of the largest file, some thousand rows: more is hardly a list of words that someone has listened to."""

SHOWN_FAULTS = 5


def read_pronunciations(raw: object) -> Mapping[str, str]:
    """Return words and phrases with what is said for each. `raw` is a mapping, or the path of a file.

    Raises ValueError with half a sentence that says what is wrong with it and where.
    """
    if isinstance(raw, Mapping):
        rows = [(f"the word {word!r}", word, how) for word, how in raw.items()]
        called = "holds"
    elif isinstance(raw, Path):
        rows = list(_rows(read_text_file(raw, LARGEST)))
        called = f"names {str(raw)!r}, which holds"
    else:
        raise ValueError(f"must be a mapping of words, or the path of a file, not {type(raw).__name__}")
    pronunciations: dict[str, str] = {}
    places: dict[str, str] = {}
    faults: list[str] = []
    for place, word, how in rows:
        if fault := _fault(word, how):
            faults.append(f"{place} {fault}")
        elif word in pronunciations:
            faults.append(f"{place} has {word!r} again, as {places[word]}: keep one")
        else:
            pronunciations[word], places[word] = how, place
    if faults:
        more = f"; and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise ValueError(f"{called} faulty rows: {'; '.join(faults[:SHOWN_FAULTS])}{more}")
    if not pronunciations:
        raise ValueError(f"{called} no words: write WORD = HOW IT IS SAID, a row a line")
    return pronunciations


def _rows(text: str) -> Iterator[tuple[str, str | None, str]]:
    """The place, the word and how it is said, of each row; the word is None where there is no "="."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            word, is_row, how = line.partition("=")
            yield f"line {number}", " ".join(word.split()) if is_row else None, " ".join(how.split())


def _fault(word: object, how: object) -> str | None:
    if word is None:
        return "has no =: write WORD = HOW IT IS SAID"
    if not isinstance(word, str) or not isinstance(how, str):
        return "is not said by a text: give a text for each word"
    if not any(letter.isalnum() for letter in word):
        return "names no word: write one before the ="
    if not any(letter.isalnum() for letter in how):
        return f"does not say how {word!r} is said: write it behind the ="
    if not (word.isprintable() and how.isprintable()):
        return "has control characters: write plain text"
    return None
