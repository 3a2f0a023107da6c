"""Takes numbers, e-mail addresses and names out of what leaves the conversation: journal, log, spans, recording.

Each word that is hidden becomes a mark of its own, so that a text keeps its number of words. Words are judged alone or
by their neighbors, so that a number which a transcriber tears into several transcripts, or a person into several turns,
is hidden in each of them.
"""

from pipeline.redaction.recording import RecordingRedactor
from pipeline.redaction.redactor import KINDS, Redactor
from pipeline.redaction.steps import RedactedSteps

__all__ = ["KINDS", "RecordingRedactor", "RedactedSteps", "Redactor"]
