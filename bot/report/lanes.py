"""What each side and the tools did in a call, and when; what failed. Times are seconds from the session's beginning."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.report.faults import Faults
from pipeline import commands, events
from pipeline.commands import Command, StaticText
from pipeline.events import Event, TranscriptEvent
from pipeline.journal import Replayed
from pipeline.metrics.floors import AirSpan, Floors


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasted, or a moment; `kind` is what it is drawn as."""

    at: float
    until: float
    kind: str
    text: str = ""


@dataclass(slots=True)
class Lanes:
    """All of a call, each lane in the order of time."""

    person: list[Bar] = field(default_factory=list)
    """Speech as the detector heard it; "typed" is a message or a key."""
    words: list[Bar] = field(default_factory=list)
    """The person's words, as the transcriber timed them."""
    bot: list[Bar] = field(default_factory=list)
    """On air: "full", "ducked", "held"; a "cut" is a moment."""
    said: list[Bar] = field(default_factory=list)
    """The bot's words that were "heard", spread over the time in which it was audible, and the "unheard" ones."""
    tools: list[Bar] = field(default_factory=list)
    """Calls: "done", "failed", "canceled"."""
    faults: list[Bar] = field(default_factory=list)
    """What failed, at a moment or for how long; `kind` is the stage."""

    @property
    def all(self) -> tuple[list[Bar], ...]:
        """Every lane."""
        return self.person, self.words, self.bot, self.said, self.tools, self.faults


def lanes_of(steps: Iterable[Replayed], zero: float) -> Lanes:
    """The lanes of a session that began at the loop time `zero`."""
    reader = _Reader(zero)
    for step in steps:
        reader.add(step.entry.event, step.commands)
    return reader.finished()


class _Reader:
    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._at = zero
        self._lanes = Lanes()
        self._floors = Floors()
        self._faults = Faults()
        self._open_interim: list[Bar] = []
        self._texts: dict[str, str] = {}
        """Of replies whose text is known beforehand."""
        self._heard: dict[str, str] = {}
        self._calls: dict[str, tuple[float, str]] = {}

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        self._at = event.at
        self._floors.add(event, ordered)
        self._faults.add(event)
        self._take(event)
        for command in ordered:
            match command:
                case commands.StartReply(reply_id, StaticText(text)):
                    self._texts[reply_id] = text
                case commands.CallTool(_, request):
                    self._calls[request.id] = event.at - self._zero, request.name
                case commands.CancelTool(call_id) | commands.DropTool(call_id):
                    self._end_call(call_id, "canceled")

    def finished(self) -> Lanes:
        lanes, zero = self._lanes, self._zero
        self._floors.close(self._at)
        self._faults.close(self._at)
        for call_id in tuple(self._calls):
            self._end_call(call_id, "canceled")
        lanes.words += self._open_interim
        lanes.person += [Bar(it.began_at - zero, it.ended_at - zero, "speech") for it in self._floors.speech]
        lanes.faults += [Bar(it.at - zero, it.until - zero, it.stage, it.text) for it in self._faults.all]
        for span in self._floors.air:
            lanes.bot.append(Bar(span.began_at - zero, span.ended_at - zero, span.level, span.reply_id))
            if span.end == "cut":
                lanes.bot.append(Bar(span.ended_at - zero, span.ended_at - zero, "cut", span.reply_id))
        for reply_id, spans in _by_reply(self._floors.air).items():
            lanes.said += self._spread(reply_id, spans)
        for lane in lanes.all:
            lane.sort(key=lambda bar: bar.at)
        return lanes

    def _take(self, event: Event) -> None:
        at = event.at - self._zero
        match event:
            case events.FinalTranscript():
                self._lanes.words += self._words(event)
                self._open_interim = []
            case events.InterimTranscript():
                self._open_interim = self._words(event)
            case events.TextReceived():
                self._lanes.person.append(Bar(at, at, "typed", event.text))
            case events.DtmfReceived():
                self._lanes.person.append(Bar(at, at, "typed", event.digit))
            case events.ReplyEnded():
                self._heard[event.reply_id] = event.heard
            case events.ToolReturned():
                self._end_call(event.call_id, "failed" if event.is_error else "done")

    def _words(self, transcript: TranscriptEvent) -> list[Bar]:
        return [
            Bar(word.began_at - self._zero, word.ended_at - self._zero, "word", word.text)
            for word in transcript.words or (transcript,)
            if word.text.strip()
        ]

    def _spread(self, reply_id: str, spans: list[AirSpan]) -> list[Bar]:
        """The heard words over the time of the reply that was audible, by their length: a journal has no closer times.

        What was not heard of it is known of a text that was there beforehand, and not of a model's.
        """
        heard = self._heard.get(reply_id, "")
        words = heard.split()
        audible = [span for span in spans if span.is_audible]
        length = sum(len(word) + 1 for word in words)
        whole = sum(span.ended_at - span.began_at for span in audible)
        bars, done = [], 0
        for word in words if audible else ():
            at, done = _along(audible, whole * done / length), done + len(word) + 1
            bars.append(Bar(at - self._zero, _along(audible, whole * done / length) - self._zero, "heard", word))
        text = self._texts.get(reply_id, "")
        end = spans[-1].ended_at - self._zero
        if spans[-1].end == "cut" and text.startswith(heard) and (rest := text[len(heard) :].strip()):
            bars.append(Bar(end, end, "unheard", rest))
        return bars

    def _end_call(self, call_id: str, kind: str) -> None:
        if (call := self._calls.pop(call_id, None)) is not None:
            at, name = call
            self._lanes.tools.append(Bar(at, self._at - self._zero, kind, name))


def _by_reply(air: Iterable[AirSpan]) -> dict[str, list[AirSpan]]:
    spans: dict[str, list[AirSpan]] = {}
    for span in air:
        spans.setdefault(span.reply_id, []).append(span)
    return spans


def _along(spans: list[AirSpan], audible: float) -> float:
    """The loop time at which so many seconds of the spans have been heard."""
    for span in spans:
        if audible <= span.ended_at - span.began_at:
            return span.began_at + audible
        audible -= span.ended_at - span.began_at
    return spans[-1].ended_at
