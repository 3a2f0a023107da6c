"""Which recordings are those of a call."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.report.call import ReportedCall, read_call, sessions_of
from bot.report.recording import find_recordings, with_recorded_words
from pipeline.recording.document import RecordedSegment, RecordedWord, RecordingDocument
from tests.bot.report.recorded import record_answers


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return record_answers(tmp_path / "call.jsonl", [0.8, 0.9])


@pytest.fixture
def call(journal: Path) -> ReportedCall:
    ((name, entries),) = sessions_of(journal)
    return read_call(name, entries)


def put(folder: Path, call: ReportedCall, after: float, room: str = "room", **known: object) -> Path:
    """A recording that begins so many seconds after the session; its sound."""
    began = call.began + timedelta(seconds=after)
    name = f"{room}-{began:%Y%m%dT%H%M%SZ}"
    document = RecordingDocument(audio=f"{name}.ogg", started_at=began.isoformat(), room=room, bot="bot", person="ann")
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(replace(document, **known).to_json(), "utf-8")  # type: ignore[arg-type]
    (folder / f"{name}.ogg").write_bytes(b"OggS")
    return folder / f"{name}.ogg"


def test_those_of_its_room_and_time_in_their_order(journal: Path, call: ReportedCall) -> None:
    second, first = (put(journal.parent, call, after) for after in (3.5, 0.25))
    put(journal.parent, call, 1.0, room="another")
    put(journal.parent, call, -3600)
    put(journal.parent, call, call.duration + 60)
    (journal.parent / f"broken-{call.began:%Y%m%dT%H%M%SZ}.json").write_text("{")
    found = find_recordings(call, journal)
    assert [recording.sound for recording in found] == [first, second]
    assert [recording.offset for recording in found] == pytest.approx([0.25, 3.5])


def test_they_may_lie_elsewhere(journal: Path, call: ReportedCall) -> None:
    sound = put(journal.parent / "calls", call, 1.0)
    assert find_recordings(call, journal) == []
    assert [it.sound for it in find_recordings(call, journal, journal.parent / "calls")] == [sound]
    other = put(journal.parent / "calls", call, 2.0, room="another")
    (named,) = find_recordings(call, journal, other)
    assert named.sound == other, "a file that is named is the one"
    assert named.offset == pytest.approx(2.0)


def test_no_document_leads_to_a_file_of_another_folder(journal: Path, call: ReportedCall) -> None:
    (journal.parent / "calls").mkdir()
    (journal.parent / "secret.ogg").write_bytes(b"OggS")
    put(journal.parent / "calls", call, 1.0, audio="../secret.ogg").unlink()
    assert find_recordings(call, journal, journal.parent / "calls") == []


def test_words_of_the_bot_stand_where_they_are_in_the_recording(journal: Path, call: ReportedCall) -> None:
    began = next(bar.at for bar in call.lanes.bot)
    start = began - 0.5  # in the recording
    words = (RecordedWord(start + 0.1, start + 0.4, "All"), RecordedWord(start + 0.4, start + 1.4, "heard"))
    segment = RecordedSegment(start, start + 1.5, speaker="bot", text="All heard", words=words)
    put(journal.parent, call, 0.5, segments=(segment,))
    said = with_recorded_words(call, find_recordings(call, journal)).lanes.said
    assert [bar.text for bar in said[:2]] == ["All", "heard"]
    assert [bar.at for bar in said[:2]] == pytest.approx([began + 0.1, began + 0.4])
    assert [bar.text for bar in said[2:]] == ["All", "of", "it", "was", "heard"], "the second answer is as it was"
