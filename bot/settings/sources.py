"""Where settings come from: flags or keywords over environment over `.env.local` over `.env`.

Both files are read from one directory, and only the names in the table of options are taken from them. An empty value
counts as not set, so it never hides a weaker source.

Why not pydantic-settings? It was tried (2.16, on pydantic 2.14). To import it and build the model takes 220 ms of CPU,
against 65 ms for all of bot.settings, and it comes before joining, which has 1.2 s from the process's start. Of .env it
drops broken lines with a warning, and ends in a traceback where the file is not UTF-8. Its errors quote the faulty
value, a secret included, and name no source; nor does it say where a good value came from. It would replace about 100
lines here, which merge and build; sources that keep origins, and errors without values, would take as many.
"""

import difflib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Literal

from bot.settings.option import Option
from bot.settings.options import OPTIONS

ENV_FILES = (".env", ".env.local")
"""Weakest first. LiveKit's starters keep their keys in `.env.local`."""

NEAR = 0.84
"""Likeness (0 to 1, difflib) from which a name counts as a near miss: LIVEKIT_KEY is one of LIVEKIT_API_KEY, while
a vendor's ..._API_BASE, which other tools use, is none of its ..._API_KEY."""

_OWN_PREFIXES = ("BOT_", "STT_", "LLM_", "TTS_")
"""Beginnings of names that are likely meant for this bot; a vendor's name is shared with other tools."""

Origin = Literal["flag", "keyword"]
"""Who gave the options: a person on the command line, or a program, whose texts may come from anywhere."""


class Precedence(IntEnum):
    """How strong a source is; the stronger wins."""

    DEFAULT = 0
    ENV_FILE = 1
    LOCAL_ENV_FILE = 2
    ENVIRONMENT = 3
    OPTION = 4


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from; `text` names it for people: `flag --room`, `.env line 3, LLM_MODEL`."""

    rank: Precedence
    text: str
    is_trusted: bool = True
    """Whether its values may name files to read and classes to load. The texts of keywords may not: a program passes
    on what others have written."""

    def __str__(self) -> str:
        return self.text


DEFAULT = Source(Precedence.DEFAULT, "default")


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value as it was written, and where; it may be a secret, so it is not shown."""

    raw: object = field(repr=False)
    source: Source


@dataclass(slots=True)
class RawValues:
    """Everything that was found, by option name; faults stop a start, warnings do not."""

    found: dict[str, RawValue] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """The .env files that were read, the stronger first."""
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    """Every variable of the environment and of the .env files, for files that name some."""


def gather(options: Mapping[str, object], environ: Mapping[str, str], directory: Path, origin: Origin) -> RawValues:
    """Collect every setting from its strongest source. `origin` says whether `options` were flags or keywords."""
    findings = RawValues()
    unknown: dict[str, list[tuple[str, int]]] = {}
    for rank, name in zip((Precedence.ENV_FILE, Precedence.LOCAL_ENV_FILE), ENV_FILES, strict=True):
        unknown[name] = _take_env_file(directory / name, rank, findings)
    findings.variables.update(environ)
    for option in OPTIONS:
        _put(
            findings,
            option,
            environ.get(option.variable),
            Source(Precedence.ENVIRONMENT, f"environment {option.variable}"),
        )
    _take_options(options, origin, findings)
    for name, lines in unknown.items():
        findings.warnings += _doubts(name, lines, findings.found)
    return findings


def _put(findings: RawValues, option: Option, raw: object, source: Source) -> None:
    if raw is not None and raw != "":
        findings.found[option.name] = RawValue(raw, source)


def _take_options(options: Mapping[str, object], origin: Origin, findings: RawValues) -> None:
    known = {option.name: option for option in OPTIONS}
    for name, raw in options.items():
        option = known.get(name)
        if option is None:
            near = difflib.get_close_matches(name, [option.name for option in OPTIONS if option.has_flag], n=1)
            hint = f"did you mean {near[0]}?" if near else "remove it."
            findings.faults.append(f"{origin} {name} is unknown; {hint}")
        elif not option.has_flag:
            findings.faults.append(
                f"{origin} {name} is not taken; set {option.variable} in the environment or in .env."
            )
        else:
            is_flag = origin == "flag"
            text = f"flag {option.flag}" if is_flag else f"keyword {name}"
            _put(findings, option, raw, Source(Precedence.OPTION, text, is_trusted=is_flag))


def _take_env_file(path: Path, rank: Precedence, findings: RawValues) -> list[tuple[str, int]]:
    """Take the known names from one file; return the others with their lines."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except OSError as error:
        findings.faults.append(f"{path.name} cannot be read ({error.strerror}); correct or remove it.")
        return []
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        findings.faults.append(f"{path.name} line {line} is not UTF-8; save the file as UTF-8.")
        return []
    findings.files.insert(0, path)
    known = {option.variable: option for option in OPTIONS}
    unknown = []
    for name, value, line in _bindings(text):
        if name is not None and value is not None:
            findings.variables[name] = value
        if name is None:
            findings.faults.append(f"{path.name} line {line} cannot be read; write NAME=value, and close its quotes.")
        elif name not in known:
            unknown.append((name, line))
        elif value is None:
            findings.faults.append(f"{path.name} line {line}: {name} has no value; write {name}=value.")
        else:
            _put(findings, known[name], value, Source(rank, f"{path.name} line {line}, {name}"))
    return unknown


def _bindings(text: str) -> Iterator[tuple[str | None, str | None, int]]:
    """Name, value and line of each assignment; the name is None where a line is broken."""
    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text, newline="")):
        if binding.key is None and not binding.error:
            continue
        # The parser counts the blank lines before an assignment as part of it.
        original = binding.original.string
        blank = original[: len(original) - len(original.lstrip())]
        line = binding.original.line + len(re.findall(r"\r\n|\n|\r", blank))
        yield (None if binding.error else binding.key), binding.value, line


def _doubts(file: str, lines: Sequence[tuple[str, int]], found: Mapping[str, RawValue]) -> list[str]:
    """Warn of names that were probably meant for this bot.

    A near miss of a setting that was not found elsewhere has a warning of its own; names with one of our prefixes share
    one. Variables of other tools pass in silence.
    """
    doubts: list[str] = []
    strangers: list[str] = []
    for name, line in lines:
        meant = _near_miss(name)
        if meant and meant.name not in found:
            doubts.append(f"{file} line {line}: {name} is unknown; did you mean {meant.variable}?")
        elif not meant and name.startswith(_OWN_PREFIXES):
            strangers.append(f"{name} (line {line})")
    if strangers:
        doubts.append(f"{file}: this bot has no settings {', '.join(strangers)}; --help lists those it has.")
    return doubts


def _near_miss(name: str) -> Option | None:
    """Find the setting that `name` was probably meant to be, if one is very near."""

    def bare(text: str) -> str:
        return text.upper().replace("_", "").replace("-", "")

    def likeness(one: str, other: str) -> float:
        return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()

    for option in OPTIONS:
        if bare(name) == bare(option.variable):
            return option
    # The first word must be near by itself, or every vendor's ..._API_KEY would look like ours.
    first = name.upper().split("_")[0]
    near = [option for option in OPTIONS if likeness(first, option.variable.split("_")[0]) >= 0.8]
    score, best = max(((likeness(name.upper(), o.variable), o.name) for o in near), default=(0.0, ""))
    return next(o for o in near if o.name == best) if score >= NEAR else None
