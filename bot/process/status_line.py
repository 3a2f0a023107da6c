"""One live line on a terminal, below the log, redrawn in place: see `bot.process.status_model` for what it shows."""

import asyncio
import os
import select
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from bot.process.status_model import StatusModel
from bot.process.terminal import ERASE, can_erase
from bot.voicebot import VoiceBot
from pipeline import events

REDRAW_INTERVAL = 0.1
"""Seconds between two drawings, at least."""


class StatusLine:
    """A terminal with text above and the line below; a stream for the log's handler. Any thread may write.

    The line makes way for text, and is drawn again when the text has ended its own line. The cursor rests on the line's
    first column: native code, which writes without asking, then overwrites the line; and when the terminal becomes
    narrower, and folds the line into several, all of them lie behind the cursor, to be erased.
    """

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._lock = threading.RLock()  # a warning may come from the drawing itself
        self._model: StatusModel | None = None
        self._drawn = ""
        self._drawn_at = -REDRAW_INTERVAL
        self._is_midline = False

    def write(self, text: str) -> int:
        """Write text above the line."""
        if text:
            with self._lock:
                self._put(ERASE * bool(self._drawn) + text)
                self._drawn, self._is_midline = "", not text.endswith("\n")
                self._draw()
        return len(text)

    def flush(self) -> None:
        """Do nothing: everything is written at once."""

    @contextmanager
    def standard_streams(self) -> Iterator[None]:
        """Write above the line whatever `print`, `warnings` and others write to stdout and stderr, if on a terminal."""
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (
            cast(TextIO, _Above(stream, self)) if stream is not None and stream.isatty() else stream
            for stream in before
        )
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before

    async def run(self, bot: VoiceBot) -> None:
        """Show the bot's status until its room ends."""
        model = StatusModel()
        try:
            async with asyncio.TaskGroup() as group:
                drawing = group.create_task(self._keep_drawn(bot, model))
                async for event in bot.events():
                    model.apply(event)
                    if isinstance(event, events.PlayoutStarted) and (answers := bot.metrics.latencies):
                        model.latency = answers[-1].voice_to_voice_delay or model.latency
                drawing.cancel()
        finally:
            self._clear()

    async def _keep_drawn(self, bot: VoiceBot, model: StatusModel) -> None:
        while True:
            model.state, model.person = bot.agent_state, bot.linked
            model.transcriber_lag = bot.hearing().transcriber_lag
            with self._lock, suppress(OSError):  # the terminal is gone; the log will notice, too
                self._model = model
                self._draw()
            await asyncio.sleep(REDRAW_INTERVAL)

    def _clear(self) -> None:
        with self._lock, suppress(OSError):
            self._model = None
            self._put(ERASE * bool(self._drawn))
            self._drawn = ""

    def _draw(self) -> None:
        """Draw the line, unless it was drawn a moment ago, has not changed, or a text has not ended its own line."""
        now = time.monotonic()
        if self._model is None or self._is_midline or now < self._drawn_at + REDRAW_INTERVAL:
            return
        # A full last column would wrap the line.
        text = self._model.fitted(os.get_terminal_size(self._terminal.fileno()).columns - 1)
        text = text.encode(self._terminal.encoding, "replace").decode(self._terminal.encoding)
        if text != self._drawn and self._takes_more():
            self._put(f"{ERASE}{text}\r")
            self._drawn, self._drawn_at = text, now

    def _takes_more(self) -> bool:
        """Return whether the terminal reads: one that was stopped (Ctrl-S), or is far away, must not stop the bot."""
        return bool(select.select([], [self._terminal], [], 0)[1])

    def _put(self, text: str) -> None:
        if text:
            self._terminal.write(text)
            self._terminal.flush()


class _Above:
    """A standard stream whose text goes above the line; for everything else it is the stream itself."""

    def __init__(self, stream: TextIO, line: StatusLine) -> None:
        self._stream, self._line = stream, line

    def write(self, text: str) -> int:
        return self._line.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self._line.write("".join(lines))

    def flush(self) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def on_terminal(stream: TextIO, log_level: str) -> StatusLine | None:
    """Return a line for this stream, or None where it would be in the way: in a file, a pipe, among a flood of logs."""
    return StatusLine(stream) if can_erase(stream) and log_level != "debug" else None
