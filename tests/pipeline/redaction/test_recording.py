"""Recordings without what is hidden: in their JSON, and silenced in their audio."""

import pytest

from pipeline.recording.document import RecordedSegment, RecordedWord
from pipeline.redaction import RecordingRedactor, Redactor
from pipeline.redaction.recording import AROUND

REDACTION = RecordingRedactor(Redactor(["numbers", "emails"]), "en")


def said(text: str, *, has_times: bool = True, is_typed: bool = False) -> RecordedSegment:
    words = tuple(RecordedWord(n, n + 0.5, word) for n, word in enumerate(text.split())) if has_times else ()
    return RecordedSegment(0.0, 9.0, speaker="person", text=text, words=words, is_typed=is_typed)


def test_each_hidden_word_is_silenced_where_it_was_spoken() -> None:
    shown, silenced = REDACTION.segment(said("My pin is four one okay"))
    assert shown.text == "My pin is [0] [0] okay"
    assert [word.text for word in shown.words] == ["My", "pin", "is", "[0]", "[0]", "okay"]
    assert list(silenced) == [(3 - AROUND, 3.5 + AROUND), (4 - AROUND, 4.5 + AROUND)]


@pytest.mark.parametrize(("text", "until"), [("my pin is four", [(0.0, 9.0)]), ("my pin", [])])
def test_all_is_silenced_where_nobody_knows_when_a_word_was_spoken(text: str, until: list[tuple[float, float]]) -> None:
    assert list(REDACTION.segment(said(text, has_times=False))[1]) == until


def test_what_is_typed_has_no_sound() -> None:
    shown, silenced = REDACTION.segment(said("ann@example.com", has_times=False, is_typed=True))
    assert (shown.text, silenced) == ("[email]", ())
