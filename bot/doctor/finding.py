"""What an examination finds: a line for people, and what it means for a bot that is started now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bot.process.exit_codes import ExitCode

Status = Literal["ok", "warn", "fail"]

Subject = Literal[
    "python",
    "packages",
    "detector",
    "journal",
    "files",
    "settings",
    "server",
    "room",
    "stt",
    "llm",
    "tts",
    "summary",
    "local",
    "mcp",
    "webhook",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined. With `fail` no call would work; the text then says what to do."""

    subject: Subject
    status: Status
    text: str
    round_trip: float | None = None
    """Seconds from a question to the beginning of its answer; None where nothing was asked."""

    def __str__(self) -> str:
        return f"{self.status:<4}  {self.subject:<8}  {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        round_trip_ms = None if self.round_trip is None else round(1000 * self.round_trip, 1)
        return {
            "subject": self.subject,
            "status": self.status,
            "text": self.text,
            "round_trip_ms": round_trip_ms,
        }


_ENDS: tuple[tuple[ExitCode, tuple[Subject, ...]], ...] = (
    (ExitCode.SETTINGS, ("settings",)),
    (ExitCode.ROOM, ("server", "room")),
    (ExitCode.PROVIDER, ("stt", "llm", "tts")),
)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """The exit code of a bot that is started now; a broken installation counts as a bug."""
    failed = {finding.subject for finding in findings if finding.status == "fail"}
    if not failed:
        return ExitCode.OK
    return next((code for code, subjects in _ENDS if not failed.isdisjoint(subjects)), ExitCode.BUG)
