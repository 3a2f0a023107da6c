"""What the status line shows: the bot's state, the person, the last words of both and the last latency.

speaking  | ann: what is the time? | bot: It is ten past three. | 0.81 s
"""

import unicodedata
from dataclasses import dataclass

from bot.event_feed import BotEvent, MessageAdded
from pipeline import events

LONGEST_NAME = 20
"""Columns of an identity that are shown."""

FEWEST_WORDS = 8
"""Columns below which a piece of a sentence would say nothing."""

SEPARATOR, CUT = " | ", "…"


@dataclass(slots=True)
class StatusModel:
    """The bot's status, as its events report it."""

    state: str = "initializing"
    person: str | None = None
    said: str = ""
    """The person's last words."""
    answered: str = ""
    """The bot's last words."""
    latency: float | None = None
    """Voice-to-voice delay of the last answer, seconds."""
    is_connected: bool = True
    transcriber_lag: float = 0.0
    """Seconds by which transcripts lie behind the person's speech."""

    def apply(self, event: BotEvent) -> None:
        """Change what an event changes."""
        match event:
            case events.PersonLinked():
                self.said = self.answered = ""
            case events.InterimTranscript() | events.FinalTranscript() | events.TextReceived() if event.text:
                self.said = event.text
            case MessageAdded(_, message) if message.role == "user":
                self.said = message.text
            case MessageAdded(_, message):
                self.answered = message.text
            case events.ConnectionLost():
                self.is_connected = False
            case events.ConnectionRestored() | events.Joined():
                self.is_connected = True

    def fitted(self, columns: int) -> str:
        """Return the status in at most `columns` columns of a terminal."""
        name = _head(_plain(self.person or "nobody"), LONGEST_NAME)
        state = f"{self.state if self.is_connected else 'reconnecting':<9}"
        if self.transcriber_lag:
            state = f"{state} (transcriber {self.transcriber_lag:.0f} s behind)"
        latency = "" if self.latency is None else f"{self.latency:.2f} s"
        said, answered = _plain(self.said), _plain(self.answered)
        labels = (state, f"{name}: " if said else name, "bot: " if answered else "", latency)
        left = columns - width(SEPARATOR.join(filter(None, labels)))
        if left >= 2 * FEWEST_WORDS:
            said = _tail(said, max(left // 2, left - width(answered)))
            answered = _tail(answered, left - width(said))
        else:
            said = answered = ""
        parts = (state, f"{name}: {said}" if said else name, answered and f"bot: {answered}", latency)
        return _head(SEPARATOR.join(filter(None, parts)), columns)


def _plain(text: str) -> str:
    """Return words from outside on one line, without anything that a terminal obeys."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def width(text: str) -> int:
    """Count the columns of a text: two for a wide character (Unicode's annex 11), none for one that combines."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _head(text: str, columns: int) -> str:
    """Return the text, or its beginning and a mark where it is cut."""
    return _shortened(text, columns) if width(text) > columns else text


def _tail(text: str, columns: int) -> str:
    """Return the text, or a mark where it is cut and its end."""
    return _shortened(text[::-1], columns)[::-1] if width(text) > columns else text


def _shortened(text: str, columns: int) -> str:
    left, kept = columns - width(CUT), []
    for character in text:
        left -= _columns(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + CUT
