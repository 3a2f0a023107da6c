"""Captions on their way into the room: of each segment only the latest waits; a lost one is sent again."""

import logging
from dataclasses import dataclass, replace

from pipeline.repeated_warning import RepeatedWarning
from pipeline.text.encodable import encodable

log = logging.getLogger(__name__)

OUTBOX_SEGMENTS = 64
"""Segments that wait, and as many that are remembered as written; beyond it the oldest is dropped. Only a connection
that stays away lets more than a few wait."""

DOUBT_DELAY = 15.0
"""Seconds for which what was written may still get lost: so long may a broken connection go unnoticed (LiveKit servers
have clients wait 15 s for an answer to a ping)."""


@dataclass(frozen=True, slots=True)
class CaptionUpdate:
    """The whole text of a segment, and its speaker."""

    segment_id: str
    text: str
    final: bool
    unheard: str = ""
    """What was written behind `text` and will not be heard, as the reply was broken off."""
    identity: str | None = None
    """Identity of the person who says it; None when it is the bot."""
    track_sid: str | None = None
    """SID of the person's microphone track, if known."""
    shown: bool = False
    """Whether some text of this segment was written before, which must be replaced or closed."""
    written_at: float = 0.0
    """Loop time at which it was last taken to be written."""


class Outbox:
    """A bounded queue in which a newer text of a segment replaces the one that waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, CaptionUpdate] = {}
        self._written: dict[str, CaptionUpdate] = {}  # the latest last
        self._warn_dropped = RepeatedWarning(log, "%d texts wait to be shown in the room; the oldest is dropped")

    def __contains__(self, segment_id: str) -> bool:
        """Whether the segment waits, or was written lately."""
        return segment_id in self._waiting or segment_id in self._written

    def put(self, caption: CaptionUpdate) -> None:
        """Queue a caption; the first text fixes the segment's speaker, a final one closes the segment."""
        # A text stream of half a surrogate pair could not be written.
        caption = replace(caption, text=encodable(caption.text), unheard=encodable(caption.unheard))
        if before := self._waiting.get(caption.segment_id) or self._written.get(caption.segment_id):
            if before.final and not caption.final:
                return
            if (before.text, before.final) == (caption.text, caption.final):
                return
            # The bot's text only grows: an empty one just closes the segment. A person's is what was recognized.
            text = caption.text or (before.text if before.identity is None else "")
            caption = replace(before, text=text, final=caption.final, unheard=caption.unheard)
        self._waiting[caption.segment_id] = caption
        while len(self._waiting) > OUTBOX_SEGMENTS:
            del self._waiting[next(iter(self._waiting))]
            self._warn_dropped(OUTBOX_SEGMENTS)

    def take(self, now: float) -> CaptionUpdate | None:
        """Return the next caption to write, None without one. Segments that never had a text are skipped."""
        while self._waiting:
            caption = self._waiting.pop(next(iter(self._waiting)))
            if not (caption.text or caption.shown):
                continue
            self._written.pop(caption.segment_id, None)
            self._written[caption.segment_id] = replace(caption, shown=True, written_at=now)
            if len(self._written) > OUTBOX_SEGMENTS:
                del self._written[next(iter(self._written))]
            return caption
        return None

    def doubt(self, now: float) -> None:
        """Queue again what may be lost with the connection: open segments, and what was written lately."""
        lost = {
            segment_id: caption
            for segment_id, caption in self._written.items()
            if not caption.final or now - caption.written_at < DOUBT_DELAY
        }
        self._written.clear()
        self._waiting = lost | self._waiting  # lost ones first, but with the newer text

    def repeat_open(self) -> None:
        """Queue again what was written of segments that are not final."""
        still_open = {segment_id: caption for segment_id, caption in self._written.items() if not caption.final}
        for segment_id in still_open:
            del self._written[segment_id]
        self._waiting = still_open | self._waiting
