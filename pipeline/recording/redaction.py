"""What may not stand in a recording: decided by whoever redacts, asked here."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.recording.document import RecordedSegment

HOLD_BACK = 15.0
"""Seconds for which the audio of a recording that is redacted is kept before it is written: by then a transcript is
final, and the words in it can still be silenced."""


class RecordingRedaction(Protocol):
    """Looks at what was said before it is written."""

    def segment(self, segment: RecordedSegment) -> tuple[RecordedSegment, Sequence[tuple[float, float]]]:
        """Return what may be written of it, and between which times both sides are to be silenced.

        Times are those of the segment, in loop seconds here.
        """

    def identity(self, identity: str) -> str:
        """Return what is written in place of an identity, or of the name of a room."""
