"""Reads the files of lines that settings name."""

from pathlib import Path


def read_text_file(path: Path, largest: int) -> str:
    """Return the UTF-8 text of a file of at most `largest` bytes. Raises ValueError with half a sentence."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(f"names {str(path)!r}, whose line {line} is not UTF-8; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "no such path"
        raise ValueError(f"names {str(path)!r}, which cannot be read ({reason}); correct the path") from None
    if len(data) > largest:
        raise ValueError(f"names {str(path)!r}, which has more than {largest:,} bytes; keep what is used")
    return text
