"""The version of Rawbot that runs."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of


def rawbot_version() -> str | None:
    """The installed version; None when Rawbot runs from its sources without having been installed."""
    try:
        return version_of("rawbot")
    except PackageNotFoundError:
        return None
