"""Who comes and goes, whoever the bot talks with.

Pure, and fed with the whole list of participants, as linking is, and for the same reason.
"""

from collections.abc import Iterable

from bot.room.linking import RemoteParticipant
from pipeline.events import AttendanceEvent, ParticipantConnected, ParticipantDisconnected

AWAY_DELAY = 2.0
"""Seconds for which someone has to be gone: after a full reconnect the client gets to know participants one by one, up
to a second late."""


class Attendance:
    """Keeps who was there, over all connections of a bot to its room."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._leaves_at: dict[str, float] = {}

    @property
    def due_at(self) -> float | None:
        """Loop time at which the next one who is gone counts as disconnected; None when nobody is."""
        return min(self._leaves_at.values(), default=None)

    def update(self, present: Iterable[RemoteParticipant], now: float) -> list[AttendanceEvent]:
        """Compare with who is in the room at `now` (loop seconds). Bots do not count."""
        there = {it.identity: it.kind for it in present if it.may_be_asked_for}
        new = {identity: kind for identity, kind in there.items() if identity not in self._kinds}
        away = [identity for identity in self._kinds if identity not in there]
        self._leaves_at = {identity: self._leaves_at.get(identity, now + AWAY_DELAY) for identity in away}
        left = [identity for identity in away if self._leaves_at[identity] <= now]
        events: list[AttendanceEvent] = []
        for identity in left:
            del self._leaves_at[identity]
            events.append(ParticipantDisconnected(now, identity, self._kinds.pop(identity)))
        self._kinds |= new
        return [*events, *(ParticipantConnected(now, identity, kind) for identity, kind in new.items())]
