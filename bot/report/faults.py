"""What went wrong in a call, and where: at providers, in the room, with the microphone. From events alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline import events
from pipeline.events import Event
from pipeline.loop_lag import WARNED

_PROVIDER = re.compile(r"([\w.-]{1,40}): ")  # as a ProviderError begins


@dataclass(frozen=True, slots=True)
class Fault:
    """Loop times; a moment when both are the same."""

    at: float
    until: float
    stage: str
    """"stt", "llm" or "tts"; "reply", of a model or a voice; "playout", "loop", "room", "person", "microphone" or
    "summary"."""
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
        self.all += _moments(event)
        for fault in _beginnings(event):
            self._open.setdefault(fault.stage, fault)
        if isinstance(event, events.PersonLeft):
            self._open.pop("person", None)  # they have hung up
        if (stage := _ENDS.get(type(event))) is not None:
            self._close(stage, event.at)

    def close(self, at: float) -> None:
        """End what is still open: the session is over. That a person has gone before it is none."""
        self._open.pop("person", None)
        for stage in tuple(self._open):
            self._close(stage, at)
        self.all.sort(key=lambda fault: fault.at)

    def _close(self, stage: str, at: float) -> None:
        if (fault := self._open.pop(stage, None)) is not None:
            self.all.append(replace(fault, until=at))


def _moments(event: Event) -> Iterator[Fault]:
    """What is over when it is known."""
    at = event.at
    match event:
        case events.ReplyFailed() | events.ReplyDelayed() | events.ReplyEnded(error=str()):
            yield Fault(at, at, "reply", event.error or "")
        case events.SummaryFailed():
            yield Fault(at, at, "summary", event.error)
        case events.RequestRepeated(how="retry" | "failover"):
            then = "asked again" if event.how == "retry" else f"{event.provider} takes over"
            yield Fault(at, at, event.stage, f"{event.reason or f'{event.provider}: late'} ({then})")
        case events.PlayoutUnderrun():
            yield Fault(at - event.duration, at, "playout", "silent, as the audio came too late")
        case events.LoopLagged() if event.lag >= WARNED:
            yield Fault(at - event.lag, at, "loop", "the event loop was busy")


def _beginnings(event: Event) -> Iterator[Fault]:
    """What lasts until an event of `_ENDS`."""
    at = event.at
    match event:
        case events.TranscriberLost():
            yield Fault(at, at, "stt", event.error)
        case events.ConnectionLost():
            yield Fault(at, at, "room", "the connection to the room is lost")
        case events.PersonAway():
            yield Fault(at, at, "person", "the person is away")
        case events.MicrophoneSilent():
            yield Fault(at, at, "microphone", "the microphone is on, and gives nothing but zeros")


_ENDS: dict[type[Event], str] = {
    events.TranscriberBack: "stt",
    events.ConnectionRestored: "room",
    events.Joined: "room",
    events.RoomEnded: "room",
    events.PersonBack: "person",
    events.MicrophoneSilenceEnded: "microphone",
}
