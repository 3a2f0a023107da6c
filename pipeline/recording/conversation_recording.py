"""The recording of one conversation, from the loop's side: what is heard, played and said goes to its writer."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.audio import Pcm, silence
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.recording.consent import ConsentLine
from pipeline.recording.document import Item, RecordedMark, RecordedSegment, RecordingDocument, item_line, known_line
from pipeline.recording.recording_files import Portion
from pipeline.recording.redaction import HOLD_BACK as REDACTED_HOLD_BACK
from pipeline.recording.redaction import RecordingRedaction
from pipeline.recording.reply_places import ReplyPlaces
from pipeline.recording.talk_items import TalkItems
from pipeline.recording.timeline import HOLD_BACK, Block, Timeline
from pipeline.recording.writer import RecordingWriter
from pipeline.speech import WordTime

log = logging.getLogger(__name__)


class ConversationRecording:
    """Takes audio and steps; nothing in it waits."""

    def __init__(
        self,
        folder: Path,
        known: RecordingDocument,
        *,
        at: float,
        started: datetime,
        rate: int,
        consent: str,
        redaction: RecordingRedaction | None,
    ) -> None:
        """Begin at the loop time `at`, which is `started` by the wall. `rate` is that of the bot's voice, Hz."""
        self._began_at, self._started, self._redaction = at, started, redaction
        self._timeline = Timeline(at, rate, HOLD_BACK if redaction is None else REDACTED_HOLD_BACK)
        self._consent, self._items, self._places = ConsentLine(consent), TalkItems(), ReplyPlaces(rate)
        self._new: list[Item] = []  # times are loop seconds, as second 0 may still move
        self._is_paused = False
        self._has_started = False
        self._lost_since: float | None = None  # seconds of the recording
        self._lost_until = 0.0
        self.writer = RecordingWriter(folder, known, started, rate)

    # --- audio ---

    def heard(self, at: float, samples: Pcm) -> None:
        """See `AudioTap`. Before they have heard that they are recorded nothing of a person is taken."""
        given_at = self._consent.given_at
        if self._is_paused or given_at is None or at < given_at:
            samples = silence(len(samples))
        self._timeline.heard(at, samples)

    def fell_silent(self) -> None:
        """See `AudioTap`."""
        self._timeline.fell_silent()

    def played(self, at: float, samples: Pcm, position: int | None) -> None:
        """See `AudioTap`."""
        self._timeline.played(at, silence(len(samples)) if self._is_paused else samples)
        if position is not None:
            self._places.played(at, len(samples), position)

    def unplayed(self, samples: int) -> None:
        """See `AudioTap`."""
        self._timeline.bot.take_back(samples)

    def spoken(self, reply_id: str, words: Sequence[WordTime]) -> None:
        """See `AudioTap`."""
        self._items.spoken(reply_id, self._places.finish(words))

    # --- what happens ---

    def observe(self, event: Event, commands: tuple[Command, ...]) -> None:
        """Take a step of the session."""
        if (given := self._consent.observe(event, commands)) is not None:
            self._new.append(given)
        for item in self._items.observe(event, commands):
            if not isinstance(item, RecordedSegment):
                self._new.append(item)
            elif not self._is_paused and self._may_keep(item):
                self._new.append(self._redacted(item))

    def pause(self, at: float) -> None:
        """Take nothing until `resume`: the time passes in the recording, and is silent."""
        self._is_paused = True
        self._items.begin_mark("paused", at)

    def resume(self, at: float) -> None:
        """Go on after `pause`."""
        self._is_paused = False
        self._new += self._items.end_mark("paused", at)

    def mute(self, since: float, until: float) -> bool:
        """Silence both sides between two loop times; returns False when a part of that was written already."""
        self._new.append(RecordedMark(since, until, "muted"))
        return self._timeline.mute(since, until)

    # --- writing ---

    def write(self, now: float) -> None:
        """Have written what is complete at the loop time `now`."""
        self._write(tuple(self._timeline.take(now)))

    def finish(self, now: float, *, discard: bool = False) -> None:
        """Have all of it written, and the files ended; or deleted."""
        self._new += self._items.finish(now)
        blocks = tuple(self._timeline.finish(now))
        self._write(blocks, is_last=True)
        duration = blocks[-1].end if blocks else 0.0
        self.writer.put(Portion(lines=[known_line(duration=duration)]))
        if self._timeline.late:
            log.warning("%.2f s of audio came too late for the recording", self._timeline.late)
        self.writer.close(discard=discard)

    def _write(self, blocks: tuple[Block, ...], *, is_last: bool = False) -> None:
        if blocks and not self.writer.has_room:
            self._lose(blocks)
            blocks = ()
        if not blocks and not is_last:
            return
        lines = []
        if not self._has_started:
            self._has_started = True
            started = self._started + timedelta(seconds=self._timeline.began_at - self._began_at)
            lines.append(known_line(started_at=started.isoformat()))
        if self._lost_since is not None:
            lines.append(item_line(RecordedMark(self._lost_since, self._lost_until, "lost")))
            self._lost_since = None
        lines += [item_line(item.moved(-self._timeline.began_at)) for item in self._new]
        self._new.clear()
        self.writer.put(Portion(blocks, lines))

    def _lose(self, blocks: tuple[Block, ...]) -> None:
        """Leave out audio for which the disk is too slow; what was said is kept for the next time."""
        if self._lost_since is None:
            self._lost_since = blocks[0].start
            log.error("the recording has gaps: the disk is too slow for it")
        self._lost_until = blocks[-1].end

    def _may_keep(self, segment: RecordedSegment) -> bool:
        given_at = self._consent.given_at
        return segment.speaker == "bot" or (given_at is not None and segment.start >= given_at)

    def _redacted(self, segment: RecordedSegment) -> RecordedSegment:
        if self._redaction is None:
            return segment
        segment, silenced = self._redaction.segment(segment)
        for since, until in silenced:
            if not self.mute(since, until):
                log.warning("words that are to be redacted came too late to be silenced in the recording")
        return segment
