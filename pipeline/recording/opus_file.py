"""Writes an Ogg file with Opus in stereo, page by page: killed at any time, it plays to the last page."""

import io
from typing import Any

import numpy as np

from pipeline.audio import Pcm
from pipeline.recording.file_sink import FileSink, GivenUp

RATE = 48_000
"""Hz, the one that Opus works with."""

COMPRESSION = 0.9
"""Of libsndfile, 0 to 1: about 63 kbit/s, 28 MB an hour of talk, at which the two sides of a call stay apart."""


class OpusFile:
    """Left and right as separate voices. Not for an event loop: it encodes and waits for the disk."""

    def __init__(self, sink: FileSink) -> None:
        """Write to `sink`, which stays open at the end."""
        import soundfile

        self._pages = _Pages(sink)
        self._file: Any = soundfile.SoundFile(
            self._pages, "w", RATE, 2, format="OGG", subtype="OPUS", compression_level=COMPRESSION
        )

    def write(self, left: Pcm, right: Pcm) -> None:
        """Encode audio of both sides, equally long, at RATE. Raises GivenUp."""
        self._file.write(np.column_stack([left, right]))
        self._pages.check()

    def close(self) -> None:
        """Write the end of the stream, unless the file has been given up."""
        self._file.close()


class _Pages(io.RawIOBase):
    """What libsndfile writes to: whole pages go on, each by one write, as a file must not end in a page.

    libsndfile does not say why a write has failed, so failures are kept, and what comes after them is dropped.
    """

    def __init__(self, sink: FileSink) -> None:
        self._sink = sink
        self._page = bytearray()
        self._position = 0
        self._failure: GivenUp | None = None

    def write(self, data: Any) -> int:
        """Take the header of a page, or its body."""
        data = bytes(data)
        self._position += len(data)
        self._page += data
        if (page := bytes(self._page)) and len(page) == _page_length(page):
            self._page.clear()
            self._write(page)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Libsndfile looks for the end of a new file, and goes on from there."""
        return self._position

    def tell(self) -> int:
        """Bytes so far."""
        return self._position

    def check(self) -> None:
        """Raise the failure that there was."""
        if self._failure is not None:
            raise self._failure

    def _write(self, page: bytes) -> None:
        if self._failure is not None:
            return
        try:
            self._sink.write(page)
        except GivenUp as failure:
            self._failure = failure


def _page_length(page: bytes) -> int | None:
    """Return the bytes of a page by its header (RFC 3533); None as long as that is not whole."""
    if len(page) < 27 or len(page) < 27 + page[26]:
        return None
    return 27 + page[26] + sum(page[27 : 27 + page[26]])
