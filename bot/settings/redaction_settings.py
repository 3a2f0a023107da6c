"""What is hidden in what leaves the conversation: the kinds, and a file with names and patterns.

A file is UTF-8 text with a name or a phrase a line, or a regular expression between slashes. Empty lines, and lines
that begin with #, are skipped.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings.text_file import read_text_file

KINDS = ("numbers", "emails", "names")

LARGEST = 1_000_000
"""Bytes of the largest file."""

SHOWN_FAULTS = 5

FindNames = Callable[[str], Iterable[str]]
"""Given a text, it returns the parts of it that are to be hidden."""

NO_NAMES = "--redact names (BOT_REDACT) knows no names: list them in a file, and give it with --redact-file."


@dataclass(frozen=True, slots=True, repr=False)
class RedactionList:
    """The names and patterns of a file."""

    names: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    def __str__(self) -> str:
        return f"{len(self.names)} names, {len(self.patterns)} patterns"

    def __repr__(self) -> str:
        return f"RedactionList({str(self)!r})"


def read_redact(raw: object) -> tuple[str, ...]:
    """Return the kinds in a text with commas, or in a sequence. Raises ValueError with half a sentence."""
    if isinstance(raw, str):
        raw = raw.split(",")
    if not isinstance(raw, Sequence):
        raise ValueError(f"must be some of {', '.join(KINDS)}, not {type(raw).__name__}")
    given = [kind.strip().lower() if isinstance(kind, str) else kind for kind in raw]
    kinds = tuple(dict.fromkeys(kind for kind in given if kind))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"must be some of {', '.join(KINDS)}, separated by commas, not {unknown[0]!r}")
    return kinds


def read_redaction_file(raw: object) -> RedactionList:
    """Return the names and patterns of a file; `raw` is its path. Raises ValueError with half a sentence."""
    if not isinstance(raw, Path):
        raise ValueError(f"must be the path of a file, not {type(raw).__name__}")
    names, patterns, faults = list[str](), list[re.Pattern[str]](), list[str]()
    for number, line in enumerate(read_text_file(raw, LARGEST).splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not (len(line) > 2 and line[0] == line[-1] == "/"):
            names.append(line)
            continue
        try:
            pattern = re.compile(line[1:-1])
        except re.error as error:
            faults.append(f"line {number} is no regular expression ({error})")
            continue
        if pattern.fullmatch(""):
            faults.append(f"line {number} matches nothing at all: write what it has to hold")
        patterns.append(pattern)
    if faults:
        more = f"; and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise ValueError(f"names {str(raw)!r}, which holds faulty lines: {'; '.join(faults[:SHOWN_FAULTS])}{more}")
    if not names and not patterns:
        raise ValueError(f"names {str(raw)!r}, which is empty: write a name a line, or a pattern between slashes")
    return RedactionList(tuple(names), tuple(patterns))


def redaction_faults(checked: Mapping[str, object]) -> list[str]:
    """Return what is wrong with the settings together."""
    kinds, listed = checked.get("redact"), checked.get("redact_file")
    has_names = isinstance(listed, RedactionList) and bool(listed.names)
    return [NO_NAMES] if isinstance(kinds, tuple) and "names" in kinds and not has_names else []
