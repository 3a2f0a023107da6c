"""What the person says or types until it is committed, and the spans of it."""

from bot.telemetry import span_names as names
from bot.telemetry.span_maker import OpenSpan, SpanMaker
from pipeline import events
from pipeline.events import Event


class PersonInput:
    """Of one turn. Times are loop seconds; None for what has not happened."""

    def __init__(self) -> None:
        self.began_at: float | None = None
        self.is_typed = False
        self._ended_at: float | None = None
        self._final_at: float | None = None

    def take(self, event: Event) -> None:
        """Take one event of the session."""
        match event:
            case events.SpeechStarted():
                self._begin(event.began_at)
            case events.SpeechStopped():
                self._ended_at = event.ended_at
            case events.FinalTranscript() if event.text:
                self._final_at = event.at
                self._begin(event.began_at)
            case events.TextReceived():
                self.is_typed = True
                self._begin(event.at)

    def make_spans(self, spans: SpanMaker, turn: OpenSpan, heard_by: tuple[str, str], language: str) -> None:
        """Make the spans of speech and of its recognition; `heard_by` is the transcriber, and its model."""
        if self.began_at is None or self.is_typed:
            return
        if self._ended_at is not None:
            spans.end(spans.start(names.USER_SPEECH, self.began_at, turn), self._ended_at)
        if self._final_at is not None:
            provider, model = heard_by
            about = {names.PROVIDER: provider or None, names.MODEL: model or None, names.LANGUAGE: language}
            heard = spans.start(names.SPEECH_TO_TEXT, self.began_at, turn, {**about}, of=model or provider)
            spans.end(heard, self._final_at)

    def _begin(self, at: float) -> None:
        if self.began_at is None:
            self.began_at = at
