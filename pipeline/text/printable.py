"""Text of others made safe to print."""


def printable(text: str) -> str:
    """Replace each character that a terminal would obey, or could not show, by its escape; one line stays one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
