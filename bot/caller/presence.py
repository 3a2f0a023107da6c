"""The other participants, the states that bots show, and the caller's own connection."""

import asyncio
from dataclasses import dataclass

from livekit import rtc

from bot.room.attributes import STATE_ATTRIBUTE


@dataclass(frozen=True)
class StateSeen:
    """A participant's `lk.agent.state` and the loop time at which the caller first saw it."""

    at: float
    identity: str
    state: str


class BotPresence:
    """The presence that room events and participant lists report, over all connections of one caller."""

    def __init__(self) -> None:
        self.seen: list[StateSeen] = []
        """Every change of a bot's state, in order."""
        self.lost: str | None = None
        """LiveKit's name for the reason why the caller was removed or its connection given up."""
        self.is_reconnecting = False
        """The client is reconnecting; until then the participants are unknown."""

    def register(self, room: rtc.Room) -> None:
        """Subscribe to a room's events; call this before the room connects, and `look` after."""
        room.on("participant_connected", lambda other: self._look_at(other.attributes, other))
        room.on("participant_attributes_changed", self._look_at)
        room.on("reconnecting", lambda: self._reconnects(True))
        room.on("reconnected", lambda: self._reconnects(False))
        room.on("disconnected", self._disconnected)

    def look(self, room: rtc.Room) -> None:
        """Note who was there before: no event reports them."""
        self.lost, self.is_reconnecting = None, False
        for other in room.remote_participants.values():
            self._look_at(other.attributes, other)

    def states(self, identity: str | None = None) -> list[tuple[float, str]]:
        """Return the states of one bot, or of all, each with the loop time at which it was first seen."""
        return [(seen.at, seen.state) for seen in self.seen if identity in (None, seen.identity)]

    def _look_at(self, changed: dict[str, str], who: rtc.Participant) -> None:
        if (state := changed.get(STATE_ATTRIBUTE)) is not None:
            self.seen.append(StateSeen(asyncio.get_running_loop().time(), who.identity, state))

    def _reconnects(self, is_reconnecting: bool) -> None:
        self.is_reconnecting = is_reconnecting

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if reason != rtc.DisconnectReason.CLIENT_INITIATED:
            self.lost = rtc.DisconnectReason.Name(reason)


def agents(room: rtc.Room) -> list[str]:
    """Return the identities of the bots in the room."""
    others = room.remote_participants.values()
    return [other.identity for other in others if other.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT]
