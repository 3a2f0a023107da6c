"""What a job's process reports to its worker, as lines of JSON on its stdout. No I/O."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

READY, JOINED, FAILED = "ready", "joined", "failed"
"""It waits for its job; it is in the room; its job has failed, as its error says. Each at most once."""

COUNTED = "counted"
"""What its bots have counted since the last such report."""

LONGEST_LINE = 4_000
"""Bytes of a report of counts: as many as a pipe takes in one piece (PIPE_BUF of POSIX), so that no write waits."""

LONGEST_ERROR = 2_000
"""Characters of an error that are passed on; the log has all of it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report."""

    what: str
    error: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
    """As `Totals.merge` takes them."""

    def to_line(self) -> str:
        """Write it as a line of JSON."""
        counts = {"counts": self.counts} if self.counts else {}
        return json.dumps({"is": self.what, "error": self.error[:LONGEST_ERROR], **counts}) + "\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Report":
        """Read such a line."""
        read = json.loads(line)
        return cls(str(read["is"]), str(read.get("error", "")), dict(read.get("counts", {})))


def count_reports(taken: Mapping[str, Any]) -> Iterator[Report]:
    """Make reports of what `Totals.take` has returned, none longer than LONGEST_LINE, but for one odd number."""
    counts: dict[str, list[Any]] = {}
    length = 0
    for kind, values in taken.items():
        for value in values:
            size = len(json.dumps(value)) + 2
            if counts and length + size > LONGEST_LINE - 100:  # for what stands around them
                yield Report(COUNTED, counts=counts)
                counts, length = {}, 0
            counts.setdefault(kind, []).append(value)
            length += size
    if counts:
        yield Report(COUNTED, counts=counts)
