"""What the command line wants to be said. Only the standard library is imported here, so that --help stays quick."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CallItem:
    """One --play, or one --say, which has no path."""

    path: Path | None = None
    text: str = ""

    @property
    def name(self) -> str:
        """How it is called in what is told of the call."""
        return self.text if self.path is None else str(self.path)
