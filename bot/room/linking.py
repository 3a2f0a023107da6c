"""Chooses the person the bot talks with, and keeps them over a short absence.

A telephone is linked when it is answered, and has left when it hangs up, without a grace time: nobody comes back then.

Pure: `update` takes the whole list of participants and the time. Single arrivals and departures would not do, because
the client's events for these get lost or come twice around reconnects.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.events import LinkEvent, PersonAway, PersonBack, PersonLeft, PersonLinked

TELEPHONE = "SIP"
"""The kind of a telephone call."""

HUMAN_KINDS = frozenset({"STANDARD", TELEPHONE, "CONNECTOR"})
"""Participant kinds behind which a person speaks: apps, telephone calls, and third-party meeting connectors."""

ON_THE_LINE = frozenset({"", "active"})
"""Values of `call_status` with which a telephone can be talked with: services that report none have only such calls.
Before, LiveKit's SIP service reports `dialing`, `ringing` and `automation` (it presses keys to reach an extension)."""

HUNG_UP = "hangup"
"""The last value of `call_status`: the call is over, and the participant is taken out of the room in a moment."""

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
    call_status: str = ""
    """Of a telephone, the value of its attribute `sip.callStatus`."""

    @property
    def is_on_the_line(self) -> bool:
        """Whether they hear what is said to them: a telephone is in the room before it is answered."""
        return self.kind != TELEPHONE or self.call_status in ON_THE_LINE

    @property
    def has_hung_up(self) -> bool:
        """Whether they have ended their telephone call."""
        return self.kind == TELEPHONE and self.call_status == HUNG_UP

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
        accepted = {presence.identity: presence for presence in there if self._accepts(presence)}
        candidates = [identity for identity, presence in accepted.items() if presence.is_on_the_line]
        events: list[LinkEvent] = []
        if self.linked is not None and (self.linked in self._dismissed or _has_hung_up(accepted.get(self.linked))):
            events.append(PersonLeft(now, self.linked))
            self.linked = self.away_until = None
        if self.linked is not None:
            stays = self.linked in accepted and self.away_until is None  # whatever their telephone says now
            if stays or self.linked in candidates:
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


def _has_hung_up(presence: RemoteParticipant | None) -> bool:
    return presence is not None and presence.has_hung_up
