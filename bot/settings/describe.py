"""What --print-config prints: each setting, its value and where it comes from, without secrets."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.settings.option import Option
from bot.settings.options import OPTIONS
from bot.settings.reading import Reading
from bot.settings.sources import DEFAULT, ENV_FILES
from bot.settings.values import Secret
from pipeline.text.printable import printable

SHOWN_CHARACTERS = 60
"""How much of a value is shown; a prompt may be long."""


def describe(reading: Reading) -> str:
    """A line with name, value and source for each option, in the order of the table; then the .env files."""
    rows = [(o.name, _shown(o, reading), str(reading.sources.get(o.name, DEFAULT))) for o in OPTIONS]
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{name:<{name_width}}  {value:<{value_width}}  {source}\n" for name, value, source in rows]
    return "".join(lines) + files_read(reading.files, reading.directory) + "\n"


def files_in(directory: Path) -> str:
    """Like `files_read`, from the folder alone, for errors that leave no reading behind."""
    return files_read([path for name in reversed(ENV_FILES) if (path := directory / name).is_file()], directory)


def files_read(files: Sequence[Path], directory: Path) -> str:
    """Say which .env files were read; that there are none in `directory` is often why a key is missing."""
    names = ", ".join(map(str, files)) or f"none, as {directory} has neither .env.local nor .env"
    return printable(f"settings files read: {names}")


def _shown(option: Option, reading: Reading) -> str:
    if option.name in reading.checked:
        value = reading.checked[option.name]
        if isinstance(value, Secret):
            return value.masked()
        if isinstance(value, tuple) and option.is_secret:
            return ", ".join(key.masked() for key in value)
        if isinstance(value, tuple):
            return _one_line(", ".join(value)) or "-"
        if isinstance(value, Mapping):
            return _one_line(", ".join(value))
        return _one_line(str(value).lower() if isinstance(value, bool) else str(value))
    if option.name in reading.raw:
        # A faulty address may carry a password anywhere, so nothing of it is shown.
        hidden = option.is_secret or option.is_address
        return "(faulty)" if hidden else f"(faulty) {_one_line(str(reading.raw[option.name]))}"
    return f"({option.shown_default})" if option.shown_default else "-"


def _one_line(text: str) -> str:
    return printable(
        text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}… ({len(text)} characters)"
    )
