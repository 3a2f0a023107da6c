"""Redacts a recording: its JSON, and the audio of the words that are hidden there."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.recording.document import RecordedSegment
from pipeline.redaction.redactor import Redactor

AROUND = 0.1
"""Seconds before and after a word that are silenced with it: the times of transcribers are no more exact."""


class RecordingRedactor:
    """The `RecordingRedaction` of a bot that hears and speaks one language."""

    def __init__(self, redactor: Redactor, language: str) -> None:
        self._redactor, self._language = redactor, language

    def segment(self, segment: RecordedSegment) -> tuple[RecordedSegment, tuple[tuple[float, float], ...]]:
        """Return a segment with marks for what is hidden, and the times to silence: its own, where words have none."""
        texts = self._redactor.words([word.text for word in segment.words], self._language)
        words = tuple(replace(word, text=text) for word, text in zip(segment.words, texts, strict=True))
        shown = replace(segment, text=self._redactor.text(segment.text, self._language), words=words)
        if segment.is_typed:
            return shown, ()
        silenced = tuple(self._silenced(segment, shown))
        if shown.text != segment.text and not silenced:
            silenced = ((segment.start, segment.end),)
        return shown, silenced

    def identity(self, identity: str) -> str:
        """Return what stands for an identity, or for the name of a room."""
        return self._redactor.identity(identity)

    def _silenced(self, segment: RecordedSegment, shown: RecordedSegment) -> Iterator[tuple[float, float]]:
        for word, hidden in zip(segment.words, shown.words, strict=True):
            if hidden.text != word.text:
                yield word.start - AROUND, word.end + AROUND
