"""Who was to be heard when: the speech of the person and each reply on air, from events and commands."""

from dataclasses import dataclass
from typing import Literal

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event

Level = Literal["full", "ducked", "held"]
"""How loud a reply on air is: as it was made, more quietly, or silent for as long as it is held."""

End = Literal["", "finished", "cut", "failed"]
"""How a span of a reply ended: another one of it follows, it was played to its end, cut, or broke off."""


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """Speech of the person, as the detector heard it. Loop times."""

    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class AirSpan:
    """A part of a reply on air, at one level. Loop times."""

    reply_id: str
    began_at: float
    ended_at: float
    level: Level
    end: End = ""

    @property
    def is_audible(self) -> bool:
        """Whether anything of the bot is to be heard."""
        return self.level != "held"


class Floors:
    """A fold over the steps of one session, for what looks at a whole conversation; it grows with its length."""

    def __init__(self) -> None:
        self.speech: list[SpeechSpan] = []
        self.air: list[AirSpan] = []
        self._speaking_since: float | None = None
        self._on_air: tuple[str, float, Level] | None = None

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step."""
        match event:
            case events.SpeechStarted():
                self._speaking_since = event.began_at
            case events.SpeechStopped():
                self._stop_speaking(event.ended_at)
            case events.PersonLeft():
                self._stop_speaking(event.at)
            case events.PlayoutStarted():
                self._begin(event.at, event.reply_id, "full")
            case events.PlayoutFinished():
                self._end(event.at, event.reply_id, "finished")
            case events.ReplyEnded():
                self._end(event.at, event.reply_id, "cut" if event.is_cut else "failed" if event.error else "finished")
        for command in ordered:
            match command:
                case commands.Duck(reply_id):
                    self._change(event.at, reply_id, "ducked")
                case commands.Hold(reply_id):
                    self._change(event.at, reply_id, "held")
                case commands.Resume(reply_id):
                    self._change(event.at, reply_id, "full")
                case commands.Cut(reply_id):
                    self._end(event.at, reply_id, "cut")

    def close(self, at: float) -> None:
        """End what is still open: the session is over."""
        self._stop_speaking(at)
        if self._on_air is not None:
            self._end(at, self._on_air[0], "")

    def _stop_speaking(self, at: float) -> None:
        if self._speaking_since is not None:
            self.speech.append(SpeechSpan(self._speaking_since, max(at, self._speaking_since)))
            self._speaking_since = None

    def _begin(self, at: float, reply_id: str, level: Level) -> None:
        self._on_air = reply_id, at, level

    def _change(self, at: float, reply_id: str, level: Level) -> None:
        if self._on_air is not None and self._on_air[0] == reply_id:
            self._end(at, reply_id, "")
            self._begin(at, reply_id, level)

    def _end(self, at: float, reply_id: str, end: End) -> None:
        if self._on_air is not None and self._on_air[0] == reply_id:
            _, began_at, level = self._on_air
            self.air.append(AirSpan(reply_id, began_at, max(at, began_at), level, end))
            self._on_air = None
