"""Barge-ins, from events and commands."""

from dataclasses import replace

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.metrics.figures import BargeIn

_NOT_SPEECH = (
    events.ConnectionLost
    | events.PersonAway
    | events.PersonLeft
    | events.TextReceived
    | events.DtmfReceived
    | events.InterruptRequested
    | events.SayCancelled
)
"""They stop a reply, too."""


class BargeIns:
    """A fold over the steps of a session. A barge-in begins when a reply first gives way; a cut or a resume ends it."""

    def __init__(self) -> None:
        self.ended: list[BargeIn] = []  # a few a minute, for the life of a session
        self._speech_began_at: float | None = None
        """Of the latest speech since the reply went on air or on."""
        self._current: BargeIn | None = None
        self._held_at: float | None = None

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step."""
        match event:
            case events.SpeechStarted():
                self._speech_began_at = event.began_at
            case events.InterimTranscript() | events.FinalTranscript() if self._speech_began_at is None:
                self._speech_began_at = event.words[0].began_at if event.words else event.began_at
            case events.ReplyEnded() if self._current is not None and self._current.reply_id == event.reply_id:
                self._end()
        for command in ordered:
            match command:
                case commands.Release():
                    self._speech_began_at = None
                case commands.Duck(reply_id) if (barge_in := self._begun(event, reply_id)) is not None:
                    self._current = replace(barge_in, duck_delay=event.at - barge_in.began_at)
                case commands.Hold(reply_id) if (barge_in := self._begun(event, reply_id)) is not None:
                    self._held_at = event.at
                    self._current = replace(barge_in, hold_delay=event.at - barge_in.began_at)
                case commands.Cut(reply_id) if (barge_in := self._begun(event, reply_id)) is not None:
                    self._current = replace(barge_in, cut_delay=event.at - barge_in.began_at)
                    self._end()
                case commands.Cut():  # for another reason
                    self._end()
                case commands.Resume() if self._current is not None:
                    if self._held_at is not None:
                        self._current = replace(self._current, silence=event.at - self._held_at)
                    self._end()

    def _begun(self, event: Event, reply_id: str) -> BargeIn | None:
        """The barge-in that goes on, or a new one; None when it was not speech that stopped the reply."""
        if isinstance(event, _NOT_SPEECH) or self._speech_began_at is None:
            return None
        return self._current or BargeIn(reply_id=reply_id, began_at=self._speech_began_at)

    def _end(self) -> None:
        if self._current is not None:
            self.ended.append(self._current)
        self._current = self._held_at = self._speech_began_at = None
