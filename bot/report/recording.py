"""The recording beside a journal, if there is one."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

LARGEST = 24_000_000
"""Bytes of a recording that is put into the page, an hour in Opus at 48 kbit/s. A larger one stays beside it."""


@dataclass(frozen=True, slots=True)
class CallRecording:
    """What the page plays."""

    source: str
    """Where from: "data:..." with all of the sound, or the address of the file from the page's folder."""
    offset: float
    """Seconds from the beginning of the session to that of the recording."""


def find_recording(journal: Path) -> Path | None:
    """Return the file of the same name beside a journal."""
    there = journal.with_suffix(".ogg")
    return there if there.is_file() else None


def load_recording(sound: Path, page: Path, offset: float = 0.0) -> CallRecording:
    """Return a recording as a page at `page` plays it. Raises OSError."""
    if sound.stat().st_size <= LARGEST:
        return CallRecording(f"data:audio/ogg;base64,{b64encode(sound.read_bytes()).decode()}", offset)
    try:
        address = quote(sound.resolve().relative_to(page.resolve().parent).as_posix())
    except ValueError:
        address = sound.resolve().as_uri()
    return CallRecording(address, offset)
