"""The outcome of a call: each question with its answer, and the call as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from statistics import median

from bot.process.exit_codes import ExitCode
from pipeline.wav import WavSound


@dataclass(frozen=True)
class CallLine:
    """One line of the transcript in the room."""

    is_caller: bool
    """Whether the caller said it; the text is then what the bot understood."""
    text: str


class Ending(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    """The bot has spoken and fallen silent."""
    CUT_OFF = "cut off"
    """The answer was longer than `Patience.speech_delay`."""
    SILENT = "no answer"
    """The bot was there and said nothing in time."""
    LEFT = "the bot left"
    """The bot left before or during its answer."""


@dataclass(frozen=True)
class CallTurn:
    """A question and its answer; times in seconds."""

    asked: str
    """The question's name: the path or the text."""
    transcript: tuple[CallLine, ...]
    """What was said in this turn, in order."""
    answer: WavSound | None
    """The bot's voice from its first sound after the beginning of the question; None when there was none."""
    voice_to_voice: float | None
    """From the question's last sound to the answer's first, both at the caller; None when the bot spoke before."""
    ending: Ending
    dropouts: int = 0
    """Gaps of silence in the question, caused by stalls of this process."""

    @property
    def is_answered(self) -> bool:
        """Whether the bot answered and stayed to the end."""
        return self.ending in (Ending.ANSWERED, Ending.CUT_OFF)

    @property
    def is_understood(self) -> bool:
        """Whether the bot recognized any words."""
        return any(line.is_caller for line in self.transcript)


@dataclass(frozen=True)
class Failure:
    """Why a call broke off; the text says what to do."""

    code: ExitCode
    text: str


@dataclass(frozen=True)
class CallOutcome:
    """A whole call."""

    room: str
    identity: str
    bot: str | None
    """The identity that was recorded; None when no one was."""
    before: tuple[CallLine, ...]
    """What was said before the first question, such as a greeting."""
    turns: tuple[CallTurn, ...]
    """The turns that were begun; none follows one without an answer."""
    failure: Failure | None = None
    recording: Path | None = None
    """The written file, if --record was given and there was anything to record."""

    @property
    def code(self) -> ExitCode:
        """The exit code."""
        if self.failure is not None:
            return self.failure.code
        return ExitCode.OK if all(turn.is_answered for turn in self.turns) else ExitCode.NO_ANSWER

    @property
    def latencies(self) -> "CallLatencies | None":
        """The delays of all turns in which they could be measured; None when there is none."""
        return CallLatencies.of([turn.voice_to_voice for turn in self.turns if turn.voice_to_voice is not None])


@dataclass(frozen=True)
class CallLatencies:
    """Voice-to-voice delays, seconds."""

    median: float
    highest: float

    @classmethod
    def of(cls, delays: Sequence[float]) -> "CallLatencies | None":
        """Summarize the delays; None when there are none."""
        return cls(median(delays), max(delays)) if delays else None
