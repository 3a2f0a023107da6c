"""The pinned release of `livekit-client`, LiveKit's client for browsers."""

from pathlib import Path

from bot.web.npm_file import NpmFile, Progress

CLIENT = NpmFile("livekit-client", "2.23.0", "dist/livekit-client.umd.js", "the page")
"""Of the two bundles in the package the smaller: the ES module is not minified, and twice the size."""


def cached_path() -> Path:
    """Return the path of the client, whether it is there or not."""
    return CLIENT.cached_path


def get(progress: Progress) -> Path:
    """Return the cached client, downloaded first when it is not there. Raises FileMissing."""
    return CLIENT.get(progress)
