"""Text that can be written as UTF-8. Escapes of JSON can hold half a surrogate pair, for which UTF-8 has no place."""


def encodable(text: str) -> str:
    """Return the text with ? for each half of a surrogate pair: whoever encodes it would fail."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
