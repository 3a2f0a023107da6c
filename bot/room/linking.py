"""Chooses the person the bot talks with, and keeps them over a short absence.

Pure: `update` takes the whole list of participants and the time. Single arrivals and departures would not do, because
the client's events for these get lost or come twice around reconnects.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.events import LinkEvent, PersonAway, PersonBack, PersonLeft, PersonLinked

HUMAN_KINDS = frozenset({"STANDARD", "SIP", "CONNECTOR"})
"""Participant kinds behind which a person speaks: apps, telephone calls, and third-party meeting connectors."""

GRACE_DELAY = 10.0
"""Seconds for which the linked person may be gone, to reload a page or to reconnect, before another one is linked who
is there by then: first whoever came in the meantime, who may be the same person under a new name."""


@dataclass(frozen=True, slots=True)
class RemoteParticipant:
    """A remote participant as far as linking cares; `kind` is LiveKit's name for its kind without the prefix."""

    identity: str
    kind: str
    hidden: bool = False
    on_behalf: bool = False
    """It speaks for another participant (`lk.publish_on_behalf`), as avatars do."""

    @property
    def is_human(self) -> bool:
        return self.kind in HUMAN_KINDS and self.may_be_asked_for

    @property
    def may_be_asked_for(self) -> bool:
        """Somebody who may be linked by name: may come in by any road (an ingress, say), but is no bot."""
        return self.kind != "AGENT" and not self.hidden and not self.on_behalf


class Linker:
    """Keeps the link: the first human, or the wanted one, until they have been gone for `grace_delay` seconds."""

    def __init__(self, wanted: str | None = None, grace_delay: float = GRACE_DELAY) -> None:
        self.linked: str | None = None
        """Identity of the linked person, also while away."""
        self.away_until: float | None = None
        """Loop time at which the away person counts as having left; None while present."""
        self._wanted = wanted
        self._grace_delay = grace_delay
        self._dismissed: set[str] = set()  # they are in the room, and their call is over
        self._bystanders: frozenset[str] = frozenset()  # who could have been linked when the linked person went

    def update(self, present: Iterable[RemoteParticipant], now: float) -> list[LinkEvent]:
        """Compare with who is in the room at `now` (loop seconds), in the order in which they should be preferred."""
        there = list(present)
        self._dismissed &= {presence.identity for presence in there}
        candidates = [presence.identity for presence in there if self._accepts(presence)]
        events: list[LinkEvent] = []
        if self.linked in self._dismissed:
            events.append(PersonLeft(now, self.linked))
            self.linked = self.away_until = None
        if self.linked is not None:
            if self.linked in candidates:
                if self.away_until is not None:
                    self.away_until = None
                    events.append(PersonBack(now, self.linked))
                return events
            if self.away_until is None:
                self.away_until, self._bystanders = now + self._grace_delay, frozenset(candidates)
                events.append(PersonAway(now, self.linked))
            if now < self.away_until:
                return events
            newcomers = [identity for identity in candidates if identity not in self._bystanders]
            events.append(PersonLeft(now, self.linked))
            self.linked = self.away_until = None
            candidates = newcomers or candidates
        if candidates:
            self.linked = candidates[0]
            events.append(PersonLinked(now, self.linked))
        return events

    def dismiss(self) -> None:
        """End the call with the linked person, as of the next `update`: once they have left they may come again."""
        if self.linked is not None:
            self._dismissed.add(self.linked)

    def renew_grace(self, now: float) -> None:
        """Start the grace time anew: the connection was away, so nobody could be seen to return."""
        if self.away_until is not None:
            self.away_until = now + self._grace_delay

    def _accepts(self, presence: RemoteParticipant) -> bool:
        if presence.identity in self._dismissed:
            return False
        if self._wanted is None:
            return presence.is_human
        return presence.identity == self._wanted and presence.may_be_asked_for
