"""Whether the person has heard that they are recorded."""

from pipeline import events
from pipeline.commands import Command, StartReply, StaticText
from pipeline.events import Event
from pipeline.recording.document import RecordedConsent


class ConsentLine:
    """Of one conversation, at whose beginning the line is said. Without a line nothing is waited for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._reply_id: str | None = None
        self._began_at = 0.0
        self.given_at: float | None = None if text else -float("inf")
        """Loop time from which on the person is recorded; None as long as they have not heard all of the line."""

    def observe(self, event: Event, commands: tuple[Command, ...]) -> RecordedConsent | None:
        """Take a step of the session; returns the line when it has been heard."""
        if self.given_at is not None:
            return None
        for command in commands:
            if isinstance(command, StartReply) and command.source == StaticText(self._text):
                self._reply_id = command.reply_id
        match event:
            case events.PlayoutStarted(at, reply_id) if reply_id == self._reply_id:
                self._began_at = at
            case events.ReplyEnded(at, reply_id, is_cut=False, error=None) if reply_id == self._reply_id:
                self.given_at = at
                return RecordedConsent(self._began_at or at, at, self._text)
        return None
