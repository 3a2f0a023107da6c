"""What a tool returned, as a text that the model reads."""

import json
from typing import Any

RESULT_LIMIT = 2_000
"""Characters of a result; more would slow every later request down, and nobody listens to so much."""


def result_text(value: object) -> str:
    """Return a text as it is, "done" for None, and what has fields or items as JSON.

    Raises what pydantic raises for a value that has no JSON, such as one that contains itself.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "done"
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, bool | int | float | complex):
        return str(value)
    return _json(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"{len(value):,} bytes that are no text"


def _json(value: Any) -> str:
    from pydantic_core import PydanticSerializationError, to_json

    try:
        written = to_json(value, fallback=str)
    except PydanticSerializationError:  # bytes in it that are no text, if it has a JSON at all
        written = to_json(value, fallback=str, bytes_mode="base64")
    # A member of an Enum, a date, or what is written by str(), as pydantic knows no JSON for it, needs no quotes.
    return str(json.loads(written)) if written.startswith(b'"') else written.decode()


def bounded_result(text: str, limit: int = RESULT_LIMIT) -> str:
    """Return the text, or its beginning with a note of how much is missing, and what to do about that."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[cut here: {len(text) - limit:,} more characters; ask for less, if that matters]"
