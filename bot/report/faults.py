"""What went wrong in a call, and where: of providers, the room, the microphone. From events alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline import events
from pipeline.events import Event

_PROVIDER = re.compile(r"([\w.-]{1,40}): ")  # as a ProviderError begins


@dataclass(frozen=True, slots=True)
class Fault:
    """Loop times; a moment when both are the same."""

    at: float
    until: float
    stage: str
    """"transcriber", "reply" (a model or a voice), "room", "person", "microphone" or "summary"."""
    text: str

    @property
    def provider(self) -> str:
        """The provider's name, where the fault has one."""
        found = _PROVIDER.match(self.text)
        return found[1] if found else ""


class Faults:
    """A fold over the events of one session."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        """In the order of their beginnings, once the session is closed."""
        self._open: dict[str, Fault] = {}

    def add(self, event: Event) -> None:
        """The next event."""
        for kind, stage, text in _MOMENTS:
            if isinstance(event, kind) and (said := text(event)):
                self.all.append(Fault(event.at, event.at, stage, said))
        for kind, stage, text in _BEGINNINGS:
            if isinstance(event, kind):
                self._open.setdefault(stage, Fault(event.at, event.at, stage, text(event)))
        for kind, stage in _ENDS:
            if isinstance(event, kind):
                self._close(stage, event.at)

    def close(self, at: float) -> None:
        """End what is still open: the session is over."""
        for stage in tuple(self._open):
            self._close(stage, at)
        self.all.sort(key=lambda fault: fault.at)

    def _close(self, stage: str, at: float) -> None:
        if (fault := self._open.pop(stage, None)) is not None:
            self.all.append(replace(fault, until=at))


def _error(event: Event) -> str:
    return getattr(event, "error", None) or ""


def _says(text: str) -> Callable[[Event], str]:
    return lambda _: text


_MOMENTS: tuple[tuple[type[Event], str, Callable[[Event], str]], ...] = (
    (events.ReplyFailed, "reply", _error),
    (events.ReplyDelayed, "reply", _error),
    (events.ReplyEnded, "reply", _error),
    (events.SummaryFailed, "summary", _error),
)
_BEGINNINGS: tuple[tuple[type[Event], str, Callable[[Event], str]], ...] = (
    (events.TranscriberLost, "transcriber", _error),
    (events.ConnectionLost, "room", _says("the connection to the room is lost")),
    (events.PersonAway, "person", _says("the person is away")),
    (events.MicrophoneSilent, "microphone", _says("the microphone is on, and gives nothing but zeros")),
)
_ENDS: tuple[tuple[type[Event], str], ...] = (
    (events.TranscriberBack, "transcriber"),
    (events.ConnectionRestored, "room"),
    (events.Joined, "room"),
    (events.RoomEnded, "room"),
    (events.PersonBack, "person"),
    (events.PersonLeft, "person"),
    (events.MicrophoneSilenceEnded, "microphone"),
)
