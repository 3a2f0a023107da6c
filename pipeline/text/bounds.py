"""Bounds of texts that the language model reads."""


def bounded(text: str, longest: int) -> str:
    """Return a text of at most `longest` characters, or its beginning and a note of how much is missing."""
    missing = len(text) - longest
    return text if missing <= 0 else f"{text[:longest]} ... (cut here: {missing:,} more characters)"
