"""The questions of the command line. Imports the standard library only, so that --help stays quick."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CallItem:
    """One --play or --say; --say has no path."""

    path: Path | None = None
    text: str = ""

    @property
    def name(self) -> str:
        """Name the question in reports: the path, or the text."""
        return self.text if self.path is None else str(self.path)
