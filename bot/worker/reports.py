"""What a job's process reports to its worker, as lines of JSON on its stdout. No I/O."""

import json
from dataclasses import dataclass

READY, JOINED, FAILED = "ready", "joined", "failed"
"""It waits for its job; it is in the room; its job has failed, as its error says. Each at most once."""

LONGEST_ERROR = 2_000
"""Characters of an error that are passed on; the log has all of it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report."""

    what: str
    error: str = ""

    def to_line(self) -> str:
        """Write it as a line of JSON."""
        return json.dumps({"is": self.what, "error": self.error[:LONGEST_ERROR]}) + "\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Report":
        """Read such a line."""
        read = json.loads(line)
        return cls(str(read["is"]), str(read.get("error", "")))
