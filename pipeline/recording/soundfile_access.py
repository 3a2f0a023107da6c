"""The package soundfile, which brings libsndfile: reads and writes Opus. It is in extras, and loaded when needed."""

from importlib.util import find_spec


def has_soundfile() -> bool:
    """Return whether it is installed."""
    return find_spec("soundfile") is not None
