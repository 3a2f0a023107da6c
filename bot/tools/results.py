"""What a tool returned, as a text that the model reads."""

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
    if isinstance(value, bool | int | float | complex | bytes):
        return str(value)
    return _json(value)


def _json(value: Any) -> str:
    from pydantic_core import to_json

    written = to_json(value, fallback=str).decode()
    # What pydantic knows no JSON for is written by str(), and needs no quotes.
    return str(value) if written.startswith('"') else written


def bounded(text: str, limit: int = RESULT_LIMIT) -> str:
    """Return the text, or its beginning with a note of how much is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[cut here: {len(text) - limit:,} more characters; ask for less, if that matters]"
