"""Texts on their way into the room: of each segment only the latest waits, and what may have got lost goes again."""

import logging
from dataclasses import dataclass, replace

log = logging.getLogger(__name__)

OUTBOX_SEGMENTS = 64
"""Segments that wait, and as many that are remembered as written; beyond it the oldest is dropped. Only a connection
that stays away lets more than a few wait."""

DOUBT_DELAY = 15.0
"""Seconds for which what was written may still get lost: so long may a broken connection go unnoticed (LiveKit servers
have clients wait 15 s for an answer to a ping)."""


@dataclass(frozen=True, slots=True)
class CaptionUpdate:
    """A segment's text as a whole, and whose it is."""

    segment_id: str
    text: str
    final: bool
    identity: str | None = None
    """Identity of the person who says it; None when it is the bot."""
    track_sid: str | None = None
    """SID of the person's microphone track, if known."""
    shown: bool = False
    """Some text of this segment was written before, so that it must be replaced or closed."""
    written_at: float = 0.0
    """Loop time when it was last taken to be written."""


class Outbox:
    """First come, first served; bounded, as a newer text of a segment takes the place of the one that waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, CaptionUpdate] = {}
        self._written: dict[str, CaptionUpdate] = {}  # the latest last

    def __contains__(self, segment_id: str) -> bool:
        """The segment waits, or was written of late."""
        return segment_id in self._waiting or segment_id in self._written

    def put(self, caption: CaptionUpdate) -> None:
        """Have a text written in its turn. Whose a segment is its first text settles; its final one closes it."""
        if before := self._waiting.get(caption.segment_id) or self._written.get(caption.segment_id):
            if before.final and not caption.final:
                return
            if (before.text, before.final) == (caption.text, caption.final):
                return
            # The bot's text only grows: an empty one just closes the segment. A person's is what was recognised.
            text = caption.text or (before.text if before.identity is None else "")
            caption = replace(before, text=text, final=caption.final)
        self._waiting[caption.segment_id] = caption
        while len(self._waiting) > OUTBOX_SEGMENTS:
            del self._waiting[next(iter(self._waiting))]
            log.warning("%d texts wait to be shown in the room; the oldest is dropped", OUTBOX_SEGMENTS)

    def take(self, now: float) -> CaptionUpdate | None:
        """The next text to be written; None when there is none. What says nothing, and never did, is passed over."""
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
        """The connection is gone: what was not final goes again, as well as what was written on a broken connection."""
        lost = {
            segment_id: caption
            for segment_id, caption in self._written.items()
            if not caption.final or now - caption.written_at < DOUBT_DELAY
        }
        self._written.clear()
        self._waiting = lost | self._waiting  # lost ones first, but with the newer text
