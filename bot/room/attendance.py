"""Who comes and goes, whoever the bot talks with.

Pure, and fed with the whole list of participants, as linking is, and for the same reason.
"""

from collections.abc import Iterable

from bot.room.linking import RemoteParticipant
from pipeline.events import AttendanceEvent, ParticipantConnected, ParticipantDisconnected


class Attendance:
    """Keeps who was there, over all connections of a bot to its room."""

    def __init__(self) -> None:
        self._there: dict[str, str] = {}  # kinds by identity

    def update(self, present: Iterable[RemoteParticipant], now: float) -> list[AttendanceEvent]:
        """Compare with who is in the room at `now` (loop seconds). Bots do not count."""
        there = {it.identity: it.kind for it in present if it.may_be_asked_for}
        gone = {identity: kind for identity, kind in self._there.items() if identity not in there}
        new = {identity: kind for identity, kind in there.items() if identity not in self._there}
        self._there = there
        return [
            *(ParticipantDisconnected(now, identity, kind) for identity, kind in gone.items()),
            *(ParticipantConnected(now, identity, kind) for identity, kind in new.items()),
        ]
