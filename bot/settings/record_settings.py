"""The settings of recordings."""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.settings.option import option
from bot.settings.telemetry_settings import TelemetrySettings
from bot.settings.values import read_text

NO_SOUNDFILE = "needs a package: install Rawbot with its extra record, pip install 'rawbot[record]'"


def read_record_folder(raw: object) -> Path:
    """A folder that can be written, or made: the nearest one above it that exists can be written."""
    if not isinstance(raw, str | Path):
        raise ValueError(f"must be a path, not {type(raw).__name__}")
    if "\0" in str(raw):
        raise ValueError("names no usable path: it has a zero character; choose another place")
    try:
        folder = Path(read_text(str(raw))).expanduser()
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise ValueError(f"needs {str(there)!r} to be a folder, and it is a file; choose another place")
        if not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"needs {str(there)!r}, which this user may not write; choose another place")
    except (OSError, RuntimeError) as error:
        raise ValueError(f"names no usable path ({error}); choose another place") from None
    from pipeline.recording.soundfile_access import has_soundfile  # here: only who records needs it

    if not has_soundfile():
        raise ValueError(NO_SOUNDFILE)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSettings(TelemetrySettings):
    """The part of `Settings` that is about recording calls."""

    record: Path | None = option(
        "BOT_RECORD",
        "Running",
        "DIR",
        "record both sides of each call (Ogg), with what was said (JSON)",
        read_record_folder,
        is_path=True,
    )
    record_consent: str | None = option(
        "BOT_RECORD_CONSENT",
        "Running",
        "TEXT",
        "with --record: say this before anything of a person is recorded",
        read_text,
    )
