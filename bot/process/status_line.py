"""One live line on a terminal, below the log: how the bot stands, and what was said last.

speaking  | ann: what is the time? | bot: It is ten past three. | 0.81 s
"""

import asyncio
import os
import select
import sys
import threading
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from bot.event_feed import BotEvent, MessageAdded
from bot.voicebot import VoiceBot
from pipeline import events

REDRAW_INTERVAL = 0.1
"""Seconds between two drawings, at least."""

LONGEST_NAME = 20
"""Columns of an identity that are shown."""

FEWEST_WORDS = 8
"""Columns below which words would tell nothing."""

SEPARATOR, CUT = " | ", "…"

_ERASE = "\r\x1b[K"
"""To the line's beginning, and erase to its end: ECMA-48's CR and EL, which every terminal but a dumb one knows."""


@dataclass(slots=True)
class StatusModel:
    """How a bot stands, as far as its events tell."""

    state: str = "initializing"
    person: str | None = None
    said: str = ""
    """The last words of the person..."""
    answered: str = ""
    """...and of the bot."""
    latency: float | None = None
    """Voice-to-voice of the last answer, seconds."""
    is_connected: bool = True

    def take(self, event: BotEvent) -> None:
        """Something has happened."""
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
        """In so many columns of a terminal."""
        name = _head(_plain(self.person or "nobody"), LONGEST_NAME)
        state = f"{self.state if self.is_connected else 'reconnecting':<9}"
        latency = "" if self.latency is None else f"{self.latency:.2f} s"
        said, answered = _plain(self.said), _plain(self.answered)
        labels = (state, f"{name}: " if said else name, "bot: " if answered else "", latency)
        left = columns - _width(SEPARATOR.join(filter(None, labels)))
        if left >= 2 * FEWEST_WORDS:
            said = _tail(said, max(left // 2, left - _width(answered)))
            answered = _tail(answered, left - _width(said))
        else:
            said = answered = ""
        parts = (state, f"{name}: {said}" if said else name, answered and f"bot: {answered}", latency)
        return _head(SEPARATOR.join(filter(None, parts)), columns)


class StatusLine:
    """A terminal with the log, and the line below it: a stream for the log's handler, from any thread.

    The line makes way for what is written, and comes back after it.
    """

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._lock = threading.Lock()
        self._standing: StatusModel | None = None
        self._drawn = ""
        self._drawn_at = -REDRAW_INTERVAL

    def write(self, text: str) -> int:
        """Write whole lines above the line."""
        with self._lock:
            self._put(_ERASE * bool(self._drawn) + text)
            self._drawn = ""
            self._draw()
        return len(text)

    def flush(self) -> None:
        """There is nothing to flush: all is written at once."""

    async def follow(self, bot: VoiceBot) -> None:
        """Show how the bot stands until its room ends."""
        standing = StatusModel()
        try:
            async with asyncio.TaskGroup() as group:
                drawing = group.create_task(self._keep_drawn(bot, standing))
                async for event in bot.events():
                    standing.take(event)
                    if isinstance(event, events.PlayoutStarted) and (answers := bot.metrics.latencies):
                        standing.latency = answers[-1].voice_to_voice_delay or standing.latency
                drawing.cancel()
        finally:
            self._clear()

    async def _keep_drawn(self, bot: VoiceBot, standing: StatusModel) -> None:
        while True:
            standing.state, standing.person = bot.agent_state, bot.linked
            with self._lock, suppress(OSError):  # the terminal is gone; the log will notice, too
                self._standing = standing
                self._draw()
            await asyncio.sleep(REDRAW_INTERVAL)

    def _clear(self) -> None:
        with self._lock, suppress(OSError):
            self._standing = None
            self._put(_ERASE * bool(self._drawn))
            self._drawn = ""

    def _draw(self) -> None:
        """Unless it was drawn a moment ago, or stands there already."""
        now = time.monotonic()
        if self._standing is None or now < self._drawn_at + REDRAW_INTERVAL:
            return
        # A full last column would wrap the line.
        text = self._standing.fitted(os.get_terminal_size(self._terminal.fileno()).columns - 1)
        text = text.encode(self._terminal.encoding, "replace").decode(self._terminal.encoding)
        if text != self._drawn and self._takes_more():
            self._put(_ERASE + text)
            self._drawn, self._drawn_at = text, now

    def _takes_more(self) -> bool:
        """Whether the terminal reads: one that was stopped (Ctrl-S), or is far away, must not stop the bot."""
        return bool(select.select([], [self._terminal], [], 0)[1])

    def _put(self, text: str) -> None:
        if text:
            self._terminal.write(text)
            self._terminal.flush()


def on_terminal(stream: TextIO, log_level: str) -> StatusLine | None:
    """A line for this stream; None where it would be in the way: in a file, a pipe, a dumb terminal, among a flood.

    Windows' consoles are left alone, too: not all of them know how to erase a line.
    """
    is_terminal = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb" and sys.platform != "win32"
    return StatusLine(stream) if is_terminal and log_level != "debug" else None


def _plain(text: str) -> str:
    """Words of others: on one line, and nothing in them that a terminal obeys."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _width(text: str) -> int:
    """Columns that a text takes: two for wide characters (Unicode's annex 11), none for those that combine."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _head(text: str, columns: int) -> str:
    """The text, or its beginning and a mark that it goes on."""
    return _shortened(text, columns) if _width(text) > columns else text


def _tail(text: str, columns: int) -> str:
    """The text, or a mark that it has begun before and its end."""
    return _shortened(text[::-1], columns)[::-1] if _width(text) > columns else text


def _shortened(text: str, columns: int) -> str:
    left, kept = columns - _width(CUT), []
    for character in text:
        left -= _columns(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + CUT
