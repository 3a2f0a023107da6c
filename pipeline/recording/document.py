"""The JSON beside a recording: what was said and done, and when. docs/observability.md describes it for readers.

During the call it grows line by line, in NAME.jsonl; at its end it becomes one object, NAME.json. A process
that has died leaves the lines. All times are seconds from the first sample of the audio.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

VERSION = 1
"""Of the form, as `rawbot_recording`."""

Speaker = Literal["person", "bot"]


@dataclass(frozen=True, slots=True)
class Timed:
    """Something with a beginning and an end; equal for a moment."""

    start: float
    end: float

    def moved(self, seconds: float) -> Self:
        """Return the same at another time."""
        return replace(self, start=_rounded(self.start + seconds), end=_rounded(self.end + seconds))


@dataclass(frozen=True, slots=True)
class RecordedWord(Timed):
    """A word as it was transcribed, or as it was written and heard."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSegment(Timed):
    """What one side said without a break: a final transcript, or what was heard of a reply."""

    speaker: Speaker
    text: str
    words: tuple[RecordedWord, ...] = ()
    """Those whose times are known."""
    is_typed: bool = False
    """The person wrote it."""
    is_cut: bool = False
    """The bot was broken off in it."""

    def moved(self, seconds: float) -> Self:
        """Return the same at another time, with its words."""
        words = tuple(word.moved(seconds) for word in self.words)
        start, end = _rounded(self.start + seconds), _rounded(self.end + seconds)
        return replace(self, start=start, end=end, words=words)


InterruptionKind = Literal["hold", "resume", "cut"]


@dataclass(frozen=True, slots=True)
class RecordedInterruption(Timed):
    """A moment in which the bot fell silent for the person, or went on."""

    kind: InterruptionKind


@dataclass(frozen=True, slots=True)
class RecordedTool(Timed):
    """A call of a tool."""

    name: str
    is_error: bool = False


MarkKind = Literal["away", "connection", "microphone", "paused", "muted", "lost"]
"""The person was gone for a moment; the connection to the room was; their microphone was off; the program paused the
recording; words were silenced in it; the disk was too slow for it."""


@dataclass(frozen=True, slots=True)
class RecordedMark(Timed):
    """A stretch in which the audio is silent, and why."""

    kind: MarkKind


@dataclass(frozen=True, slots=True)
class RecordedConsent(Timed):
    """When the line was said that the call is recorded. Before its end nothing of the person is in the recording."""

    text: str


Item = RecordedSegment | RecordedInterruption | RecordedTool | RecordedMark | RecordedConsent


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDocument:
    """A recording of one conversation, without its audio."""

    audio: str
    """The name of the file: Ogg with Opus, the person left, the bot right."""
    started_at: str
    """Wall time of second 0, ISO 8601 in UTC."""
    room: str
    bot: str
    """The bot's identity in the room."""
    person: str
    duration: float = 0.0
    """Seconds."""
    is_complete: bool = False
    """False when the process died: then the duration, and what was said last, are missing."""
    consent: RecordedConsent | None = None
    segments: tuple[RecordedSegment, ...] = ()
    interruptions: tuple[RecordedInterruption, ...] = ()
    tools: tuple[RecordedTool, ...] = ()
    marks: tuple[RecordedMark, ...] = ()

    def to_json(self) -> str:
        """Write it as one object."""
        return json.dumps({"rawbot_recording": VERSION, **asdict(self)}, ensure_ascii=False, indent=1)


def header_line(document: RecordingDocument) -> bytes:
    """Write what is known at the beginning."""
    known = ("audio", "room", "bot", "person")
    return _line({"rawbot_recording": VERSION, **{name: getattr(document, name) for name in known}})


def item_line(item: Item) -> bytes:
    """Write what has happened."""
    return _line({_PLACES[type(item)]: asdict(item)})


def known_line(**known: object) -> bytes:
    """Write fields of the document that became known: `started_at`, and at the end `duration`."""
    return _line(known)


def fold(lines: Iterable[bytes]) -> RecordingDocument:
    """Make a document of lines. The last one may be torn. Raises ValueError when the lines are no recording's."""
    known: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {name: [] for name in _PLACES.values() if name != "consent"}
    for number, line in enumerate(lines):
        try:
            record = json.loads(line)
        except ValueError:
            if number:
                break
            raise ValueError("the first line is no JSON") from None
        if not isinstance(record, dict):
            raise ValueError("a line is no recording's")
        for name, value in record.items():
            lists[name].append(value) if name in lists else known.update({name: value})
    return _document({"started_at": "", **known, **lists})


def read_recording(path: Path) -> RecordingDocument:
    """Read the JSON of a recording: NAME.json, or NAME.jsonl of one that broke off; NAME.ogg means either.

    Raises OSError, and ValueError for what is no recording.
    """
    whole, lines = path.with_suffix(".json"), path.with_suffix(".jsonl")
    if whole.exists() or not lines.exists():
        return _document(json.loads(whole.read_text("utf-8")))
    with lines.open("rb") as file:
        return fold(file)


_PLACES: dict[type[Item], str] = {
    RecordedSegment: "segments",
    RecordedInterruption: "interruptions",
    RecordedTool: "tools",
    RecordedMark: "marks",
    RecordedConsent: "consent",
}


def _document(found: Mapping[str, Any]) -> RecordingDocument:
    if not isinstance(found, Mapping) or found.get("rawbot_recording") != VERSION:
        raise ValueError(f"it is no recording's JSON of version {VERSION}")
    known = {each.name: found[each.name] for each in fields(RecordingDocument) if each.name in found}
    try:
        for kind, name in _PLACES.items():
            if name == "consent":
                known[name] = _item(kind, known[name]) if known.get(name) else None
            else:
                items = [_item(kind, each) for each in known.get(name, ())]
                known[name] = tuple(sorted(items, key=lambda item: item.start))  # a transcript comes late
        return RecordingDocument(**known)
    except (TypeError, KeyError) as error:
        raise ValueError(f"it is no recording's JSON: {error}") from None


def _item(kind: type[Item], found: Mapping[str, Any]) -> Any:
    values = {each.name: found[each.name] for each in fields(kind) if each.name in found}
    if "words" in values:
        values["words"] = tuple(RecordedWord(**word) for word in values["words"])
    return kind(**values)


def _line(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def _rounded(seconds: float) -> float:
    return round(max(seconds, 0.0), 3)
