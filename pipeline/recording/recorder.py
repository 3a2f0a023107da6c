"""Records the conversations of a bot, each into files of its own: it ends when its person has left for good."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline import events
from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.recording.conversation_recording import ConversationRecording
from pipeline.recording.document import RecordingDocument
from pipeline.recording.redaction import RecordingRedaction
from pipeline.recording.timeline import BLOCK
from pipeline.recording.writer import RecordingWriter
from pipeline.speech import WordTime
from pipeline.turn.state import State

RecordingState = Literal["on", "paused", ""]
"""What frontends show; empty when nothing is recorded."""

CLOSE_TIMEOUT = 1.0
"""Seconds for what waits for the disk at the end; what is not written by then is lost, and the files are as if the
process had died."""


class Recorder:
    """An AudioTap and an observer of a session. Nothing is recorded while nobody is linked."""

    def __init__(
        self,
        folder: Path,
        rate: int,
        *,
        consent: str = "",
        redaction: RecordingRedaction | None = None,
        show: Callable[[RecordingState], None] = lambda state: None,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Record into `folder`, which is made when it is missing. `rate` is that of the bot's voice, Hz.

        `consent` is the line after which a person may be recorded: see `AgentProfile.announcement`. `show` is called
        when it changes whether something is recorded.
        """
        self._folder, self._rate = folder, rate
        self._consent, self._redaction, self._show, self._wall_clock = consent, redaction, show, wall_clock
        self._room = self._bot = self._person = ""
        self._current: ConversationRecording | None = None
        self._writers: list[RecordingWriter] = []  # that may still be writing
        self._state: RecordingState = ""

    # --- for the program ---

    @property
    def state(self) -> RecordingState:
        """Whether something is recorded."""
        return self._state

    @property
    def path(self) -> Path | None:
        """The audio file of the conversation that goes on; None when there is none, or none yet."""
        return self._current.writer.path if self._current is not None else None

    def pause(self) -> None:
        """Take nothing until `resume`: the time passes in the recording, and is silent on both sides."""
        if self._current is not None and self._state == "on":
            self._current.pause(loop_time())
            self._set_state("paused")

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._current is not None and self._state == "paused":
            self._current.resume(loop_time())
            self._set_state("on")

    def stop(self, *, discard: bool = False) -> None:
        """End the recording of this conversation for good; with `discard` delete what there is of it."""
        self._finish(discard=discard)

    def mute(self, since: float, until: float) -> bool:
        """Silence both sides between two loop times; returns False when a part of that was written already.

        Audio is written `HOLD_BACK` seconds after it was heard, longer with a redaction.
        """
        return self._current is None or self._current.mute(since, until)

    # --- AudioTap ---

    def heard(self, at: float, samples: Pcm) -> None:
        """See `AudioTap`."""
        if self._current is not None:
            self._current.heard(at, samples)

    def fell_silent(self) -> None:
        """See `AudioTap`."""
        if self._current is not None:
            self._current.fell_silent()

    def played(self, at: float, samples: Pcm, position: int | None) -> None:
        """See `AudioTap`."""
        if self._current is not None:
            self._current.played(at, samples, position)

    def unplayed(self, samples: int) -> None:
        """See `AudioTap`."""
        if self._current is not None:
            self._current.unplayed(samples)

    def spoken(self, reply_id: str, words: Sequence[WordTime]) -> None:
        """See `AudioTap`."""
        if self._current is not None:
            self._current.spoken(reply_id, words)

    # --- the session ---

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take a step of the session."""
        if isinstance(event, events.Joined):
            self._room, self._bot = event.room, event.identity
        if self._current is not None:
            self._current.observe(event, commands)
        if state.caller.identity != self._person:
            self._finish()
            self._person = state.caller.identity
            if self._person:
                self._begin(event.at).observe(event, commands)

    async def run(self) -> None:
        """Have written what comes, until cancelled."""
        while True:
            await asyncio.sleep(BLOCK)
            if self._current is not None:
                self._current.write(loop_time())
                if self._current.writer.has_failed:
                    self._finish()

    async def aclose(self) -> None:
        """End the recording, in bounded time."""
        self._finish()
        until = loop_time() + CLOSE_TIMEOUT
        for writer in self._writers:
            await asyncio.to_thread(writer.join, max(until - loop_time(), 0.0))

    def _begin(self, at: float) -> ConversationRecording:
        hide = self._redaction.identity if self._redaction is not None else lambda name: name
        known = RecordingDocument(
            audio="", started_at="", room=hide(self._room), bot=hide(self._bot), person=hide(self._person)
        )
        self._current = ConversationRecording(
            self._folder,
            known,
            at=at,
            started=self._wall_clock(),
            rate=self._rate,
            consent=self._consent,
            redaction=self._redaction,
        )
        self._writers = [writer for writer in self._writers if not writer.join(0.0)]
        self._writers.append(self._current.writer)
        self._set_state("on")
        return self._current

    def _finish(self, *, discard: bool = False) -> None:
        if self._current is not None:
            self._current.finish(loop_time(), discard=discard)
            self._current = None
            self._set_state("")

    def _set_state(self, state: RecordingState) -> None:
        if state != self._state:
            self._state = state
            self._show(state)
