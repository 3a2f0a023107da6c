"""Who else is in the room, what state the bots show, and whether the caller is in it."""

import asyncio
from dataclasses import dataclass

from livekit import rtc

from bot.room.attributes import STATE_ATTRIBUTE


@dataclass(frozen=True)
class StateSeen:
    """A participant's `lk.agent.state`, and the loop time at which the caller saw it first."""

    at: float
    identity: str
    state: str


class BotPresence:
    """What the room's events and its lists of participants tell, over all connections of one caller."""

    def __init__(self) -> None:
        self.seen: list[StateSeen] = []
        """Every change of a bot's state, in its order."""
        self.lost: str | None = None
        """LiveKit's name of the reason for which the caller was thrown out, or its connection given up."""
        self.is_reconnecting = False
        """The client mends the connection; who is there is not known meanwhile."""

    def register(self, room: rtc.Room) -> None:
        """Take a room's events; call it before the room connects, and `look` after."""
        room.on("participant_connected", lambda other: self._look_at(other.attributes, other))
        room.on("participant_attributes_changed", self._look_at)
        room.on("reconnecting", lambda: self._reconnects(True))
        room.on("reconnected", lambda: self._reconnects(False))
        room.on("disconnected", self._disconnected)

    def look(self, room: rtc.Room) -> None:
        """Note who was there before: of them no event tells."""
        self.lost, self.is_reconnecting = None, False
        for other in room.remote_participants.values():
            self._look_at(other.attributes, other)

    def states(self, identity: str | None = None) -> list[tuple[float, str]]:
        """The states of one bot, or of all, with the loop times since which they were seen."""
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
    """The identities of the bots that are in the room now."""
    others = room.remote_participants.values()
    return [other.identity for other in others if other.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT]
