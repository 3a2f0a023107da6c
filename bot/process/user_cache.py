"""The folder for what is downloaded or built once. Standard library only."""

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """Return the folder `rawbot` in this system's place for caches."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "rawbot"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "rawbot" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "rawbot"
    return Path.home() / ".cache" / "rawbot"
