"""Server-sent events out of bytes: https://html.spec.whatwg.org/#event-stream-interpretation. Without any I/O."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.errors import Malformed
from pipeline.providers.openai.wire import PROVIDER

MAX_EVENT_BYTES = 4 * 2**20
"""The longest event of a stream: a bound for what is kept of one that never ends."""

_LINE_END = re.compile(rb"\r\n|\n|\r")


class Event(NamedTuple):
    """The data of one event."""

    data: str
    is_error: bool = False
    """It is named `error` (Groq), or comes in a field of this name instead of `data` (llama.cpp)."""


class EventStream:
    """Events out of bytes in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._data_bytes = 0
        self._is_error = False
        self._half_line_end = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield each event that `piece` completes; comments, ids and other names are of no use here."""
        if self._half_line_end and piece.startswith(b"\n"):
            piece = piece[1:]
            self._half_line_end = False
        if piece:
            self._half_line_end = piece.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        if len(self._rest) > MAX_EVENT_BYTES:
            raise _too_long()
        for line in lines:
            if line:
                self._take(line)
                continue
            data, is_error = "\n".join(self._data), self._is_error
            self._data, self._data_bytes, self._is_error = [], 0, False
            if data.strip():  # an event without data is a sign of life
                yield Event(data, is_error)

    def end(self) -> Iterator[Event]:
        """Yield the event that the stream ended in, without the blank line behind it. It may be cut."""
        return self.feed(b"\n\n")

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"error" or (name, value) == (b"event", b"error"):
            self._is_error = True
        if name in (b"data", b"error"):
            self._data.append(_utf8(value))
            self._data_bytes += len(line)
            if self._data_bytes > MAX_EVENT_BYTES:
                raise _too_long()


def _too_long() -> Malformed:
    return Malformed(PROVIDER, f"an event of the stream is longer than {MAX_EVENT_BYTES} bytes")


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed(PROVIDER, "the stream is not UTF-8 text") from None
