"""The recordings of a call, and where they lie on its timeline."""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from bot.report.call import ReportedCall
from bot.report.lanes import Bar
from pipeline.recording.document import RecordedSegment, RecordingDocument, read_recording

LARGEST = 32_000_000
"""Bytes of a recording that is put into the page: an hour. A larger one stays where it is."""

AROUND = 0.3
"""Seconds around a segment in which words are its own: replies do not follow each other so soon."""

SLACK = timedelta(seconds=2)
"""By which a recording may begin outside of its session."""

_TIME = re.compile(r"-(\d{8}T\d{6})Z")
"""In the names of recordings: see `pipeline.recording.file_names`."""


@dataclass(frozen=True, slots=True)
class CallRecording:
    """A recording of a conversation that was in the call."""

    sound: Path
    offset: float
    """Seconds from the beginning of the session to that of the recording."""
    document: RecordingDocument | None = None

    def source(self, page: Path) -> str:
        """Where a page at `page` plays it from: all of the sound as "data:...", or its address. Raises OSError."""
        if self.sound.stat().st_size <= LARGEST:
            return f"data:audio/ogg;base64,{b64encode(self.sound.read_bytes()).decode()}"
        try:
            return quote(self.sound.resolve().relative_to(page.resolve().parent).as_posix())
        except ValueError:
            return self.sound.resolve().as_uri()


def find_recordings(call: ReportedCall, journal: Path, place: Path | None = None) -> list[CallRecording]:
    """Return those of a session in the order of time.

    They are looked for in `place`, a folder or a file, by room and time; else beside the journal. An Ogg file of the
    journal's own name begins with the session.
    """
    if place is not None and place.is_file():
        return list(_recording(call, place.with_suffix(".json"), is_named=True))
    folder = place or journal.parent
    documents = sorted({path.with_suffix(".json") for path in folder.glob("*.json*")})  # .jsonl: one that broke off
    found = [it for document in documents for it in _recording(call, document, is_named=False)]
    if not found and (own := journal.with_suffix(".ogg")).is_file():
        found = [CallRecording(own, 0.0)]
    return sorted(found, key=lambda recording: recording.offset)


def with_recorded_words(call: ReportedCall, recordings: Sequence[CallRecording]) -> ReportedCall:
    """Put the bot's words where they are in the recordings, which know their times."""
    said = call.lanes.said
    for recording in recordings:
        for segment in recording.document.segments if recording.document is not None else ():
            if segment.speaker == "bot" and segment.words:
                said = _put(said, segment, recording.offset)
    said = sorted(said, key=lambda bar: bar.at)
    return replace(call, lanes=replace(call.lanes, said=said))


def _put(said: Sequence[Bar], segment: RecordedSegment, offset: float) -> list[Bar]:
    """Words with those of a segment in the place of the ones that were only spread over its time."""
    since, until = segment.start + offset - AROUND, segment.end + offset + AROUND
    kept = [bar for bar in said if bar.kind == "unheard" or not since <= bar.at <= until]
    return kept + [Bar(word.start + offset, word.end + offset, "heard", word.text) for word in segment.words]


def _recording(call: ReportedCall, path: Path, *, is_named: bool) -> Iterator[CallRecording]:
    if not is_named and not _may_be(call, path):
        return
    try:
        document = read_recording(path)
        started = datetime.fromisoformat(document.started_at)
    except (OSError, ValueError):
        return  # it is none, or one without a sample
    sound = path.with_name(Path(document.audio).name)
    if sound.is_file() and (is_named or (document.room == call.room and _is_in(call, started))):
        yield CallRecording(sound, (started - call.began).total_seconds(), document)


def _may_be(call: ReportedCall, path: Path) -> bool:
    """Whether its name speaks for it, before it is read."""
    found = _TIME.search(path.stem)
    return found is not None and _is_in(call, datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC))


def _is_in(call: ReportedCall, at: datetime) -> bool:
    return call.began - SLACK <= at <= call.began + timedelta(seconds=call.duration) + SLACK
