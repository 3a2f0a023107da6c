"""The JSON beside a recording."""

import json
from pathlib import Path

import pytest

from pipeline.recording.document import (
    Item,
    RecordedConsent,
    RecordedInterruption,
    RecordedMark,
    RecordedSegment,
    RecordedTool,
    RecordedWord,
    RecordingDocument,
    fold,
    header_line,
    item_line,
    known_line,
    read_recording,
)

KNOWN = RecordingDocument(audio="a.ogg", started_at="", room="room", bot="bot", person="ann")
WORDS = (RecordedWord(2.0, 2.5, "Hello,"), RecordedWord(2.5, 3.0, "you."))
SAID = RecordedSegment(
    2.0,
    3.0,
    speaker="person",
    text="Hello, ünï\ud800.",
    words=WORDS,
)
ITEMS: tuple[Item, ...] = (
    RecordedConsent(0.0, 1.5, "This call is recorded."),
    RecordedSegment(1.0, 1.8, speaker="bot", text="Hi.", is_cut=True),
    SAID,
    RecordedInterruption(1.7, 1.7, "cut"),
    RecordedTool(3.0, 4.0, "current_time", is_error=True),
    RecordedMark(5.0, 6.0, "muted"),
)


def lines() -> list[bytes]:
    ends = [known_line(started_at="2026-12-01T10:30:00+00:00"), known_line(duration=7.5)]
    return [header_line(KNOWN), ends[0], *map(item_line, ITEMS), ends[1]]


def test_lines_become_a_document_and_that_is_read_again(tmp_path: Path) -> None:
    document = fold(lines())
    assert document.consent == ITEMS[0]
    assert document.segments[0].is_cut
    late = RecordedSegment(0.5, 0.9, speaker="person", text="Transcribed late.")
    assert fold([*lines(), item_line(late)]).segments[0] == late
    assert document.segments[1].words == SAID.words
    assert document.interruptions == (ITEMS[3],)
    assert document.tools == (ITEMS[4],)
    assert document.marks == (ITEMS[5],)
    assert (document.duration, document.is_complete) == (7.5, False)
    path = tmp_path / "a.json"
    path.write_bytes(document.to_json().encode("utf-8", "backslashreplace"))
    assert read_recording(tmp_path / "a.ogg").tools == document.tools
    assert json.loads(path.read_text())["segments"][1]["words"][0] == {"start": 2.0, "end": 2.5, "text": "Hello,"}


def test_of_a_process_that_died_the_lines_are_read_to_where_they_break_off(tmp_path: Path) -> None:
    whole = b"".join(lines())
    (tmp_path / "a.jsonl").write_bytes(whole[:-20])
    document = read_recording(tmp_path / "a.json")
    assert (document.started_at[:4], len(document.segments), document.duration) == ("2026", 2, 0.0)
    for length in range(len(lines()[0]), len(whole), 7):
        (tmp_path / "a.jsonl").write_bytes(whole[:length])
        assert read_recording(tmp_path / "a.json").person == "ann"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"rawbot_recording": 2}', '{"rawbot_recording": 1}', "no JSON"],
    ids=["nothing", "a list", "another object", "another version", "too little", "no JSON"],
)
def test_what_is_no_recording_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"recording|Expecting"):
        read_recording(tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"recording|JSON"):
        fold([text.encode()])


def test_times_move_with_everything_in_them() -> None:
    moved = SAID.moved(-1.25)
    assert (moved.start, moved.end, moved.words[0].start, moved.words[1].end) == (0.75, 1.75, 0.75, 1.75)
    assert SAID.moved(-5.0).start == 0.0
