"""What of a conversation's steps goes into a recording's JSON."""

from collections.abc import Iterable, Iterator

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.recording.document import (
    InterruptionKind,
    Item,
    MarkKind,
    RecordedInterruption,
    RecordedMark,
    RecordedSegment,
    RecordedTool,
    RecordedWord,
)


class TalkItems:
    """Of one conversation. All times are loop seconds."""

    def __init__(self) -> None:
        self._spoken: dict[str, tuple[RecordedWord, ...]] = {}
        self._began: dict[str, float] = {}  # replies on air
        self._calls: dict[str, float] = {}
        self._open: dict[MarkKind, float] = {}

    def spoken(self, reply_id: str, words: tuple[RecordedWord, ...]) -> None:
        """Take the words of a reply whose end is the next event."""
        self._spoken[reply_id] = words

    def observe(self, event: Event, ordered: Iterable[Command]) -> Iterator[Item]:
        """Take a step of the session; return what it adds."""
        yield from self._of_event(event)
        for command in ordered:
            match command:
                case commands.Hold() | commands.Resume() | commands.Cut():
                    yield RecordedInterruption(event.at, event.at, _INTERRUPTIONS[type(command)])
                case commands.CallTool(_, request):
                    self._calls[request.id] = event.at
                case commands.ToolCommitted(_, message) if message.call is not None:
                    start = self._calls.pop(message.call.id, event.at)
                    yield RecordedTool(start, event.at, message.call.name, message.is_error)

    def finish(self, at: float) -> Iterator[Item]:
        """Return what has no end yet."""
        for kind in tuple(self._open):
            yield from self.end_mark(kind, at)

    def begin_mark(self, kind: MarkKind, at: float) -> None:
        """Note where a stretch begins."""
        self._open.setdefault(kind, at)

    def end_mark(self, kind: MarkKind, at: float) -> Iterator[Item]:
        """Return a stretch, if one has begun."""
        if (start := self._open.pop(kind, None)) is not None:
            yield RecordedMark(start, at, kind)

    def _of_event(self, event: Event) -> Iterator[Item]:
        match event:
            case events.FinalTranscript(at, text, began_at, ended_at, transcribed) if text.strip():
                words = tuple(RecordedWord(word.began_at, word.ended_at, word.text) for word in transcribed)
                yield RecordedSegment(began_at, ended_at, speaker="person", text=text, words=words)
            case events.TextReceived(at, _, text):
                yield RecordedSegment(at, at, speaker="person", text=text, is_typed=True)
            case events.PlayoutStarted(at, reply_id):
                self._began[reply_id] = at
            case events.ReplyEnded(at, reply_id, heard, is_cut):
                start, words = self._began.pop(reply_id, at), self._spoken.pop(reply_id, ())
                if heard:
                    yield RecordedSegment(start, at, speaker="bot", text=heard, words=words, is_cut=is_cut)
            case events.PersonAway(at) | events.ConnectionLost(at) | events.AudioAbsent(at):
                self.begin_mark(_BEGINS[type(event)], at)
            case events.PersonBack(at) | events.ConnectionRestored(at) | events.Joined(at):
                yield from self.end_mark("away" if isinstance(event, events.PersonBack) else "connection", at)
            case events.AudioSeen(at) | events.SpeechStarted(at) if "microphone" in self._open:
                yield from self.end_mark("microphone", at)


_INTERRUPTIONS: dict[type[Command], InterruptionKind] = {
    commands.Hold: "hold",
    commands.Resume: "resume",
    commands.Cut: "cut",
}
_BEGINS: dict[type[Event], MarkKind] = {
    events.PersonAway: "away",
    events.ConnectionLost: "connection",
    events.AudioAbsent: "microphone",
}
