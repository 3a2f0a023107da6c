"""Deepgram's streaming recognition, `/v1/listen` (developers.deepgram.com/reference/speech-to-text/listen-streaming).

`wire` has settings to query, messages to transcripts and answers to errors, without any I/O; `connection` is one
socket, and `transcriber` brings them together.
"""

from pipeline.providers.deepgram.connection import DeepgramTiming
from pipeline.providers.deepgram.transcriber import DeepgramTranscriber
from pipeline.providers.deepgram.wire import DEFAULT_MODEL

__all__ = ["DEFAULT_MODEL", "DeepgramTiming", "DeepgramTranscriber"]
