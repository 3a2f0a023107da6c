"""What became of a call: each question with its answer, and what the call as a whole came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from statistics import median

from bot.process.exit_codes import ExitCode
from pipeline.wav import WavSound


@dataclass(frozen=True)
class CallLine:
    """Something that was said, as it is written in the room."""

    is_custom: bool
    """It is the caller's, as the bot understood it."""
    text: str


class Ending(Enum):
    """How the wait for an answer ended."""

    ANSWERED = "answered"
    """The bot has spoken, and has fallen silent."""
    CUT_OFF = "cut off"
    """The answer was longer than is listened to."""
    SILENT = "no answer"
    """The bot was there, and said nothing in time."""
    LEFT = "the bot left"
    """Before it answered, or in the middle of the answer."""


@dataclass(frozen=True)
class CallTurn:
    """A question and its answer; times in seconds."""

    asked: str
    """What was played or spoken, by its name."""
    transcript: tuple[CallLine, ...]
    """What was said in it, in its order."""
    answer: WavSound | None
    """The bot's voice from its first sound after the question's beginning on; None when there was none."""
    voice_to_voice: float | None
    """From the question's last sound to the answer's first, both at the caller; None when the bot spoke earlier."""
    ending: Ending
    holes: int = 0
    """Of silence, that stalls of this process tore into the question."""

    @property
    def is_answered(self) -> bool:
        """Whether the bot has answered, and was not gone before the end of it."""
        return self.ending in (Ending.ANSWERED, Ending.CUT_OFF)

    @property
    def is_understood(self) -> bool:
        """Whether the bot recognised anything."""
        return any(line.is_custom for line in self.transcript)


@dataclass(frozen=True)
class Failure:
    """Why a call broke off; the text says what to do."""

    code: ExitCode
    text: str


@dataclass(frozen=True)
class CallOutcome:
    """A call from its beginning to its end."""

    room: str
    identity: str
    bot: str | None
    """The identity of who was heard; None when nobody was."""
    before: tuple[CallLine, ...]
    """What was said before the first question: a greeting."""
    turns: tuple[CallTurn, ...]
    """Those that were begun: after one without an answer there is no other."""
    failure: Failure | None = None
    recording: Path | None = None
    """The file in which it is, if one was wanted and there was anything to record."""

    @property
    def code(self) -> ExitCode:
        """The exit code."""
        if self.failure is not None:
            return self.failure.code
        return ExitCode.OK if all(turn.is_answered for turn in self.turns) else ExitCode.NO_ANSWER

    @property
    def latencies(self) -> "CallLatencies | None":
        """Of all turns in which it could be measured; None when there is none."""
        return CallLatencies.of([turn.voice_to_voice for turn in self.turns if turn.voice_to_voice is not None])


@dataclass(frozen=True)
class CallLatencies:
    """Seconds from voice to voice."""

    median: float
    highest: float

    @classmethod
    def of(cls, delays: Sequence[float]) -> "CallLatencies | None":
        """None of none."""
        return cls(median(delays), max(delays)) if delays else None
