"""What happens in the room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot is in the room and publishes its voice; again after each rejoin."""

    at: float
    room: str
    identity: str


@dataclass(frozen=True, slots=True)
class PersonLinked:
    """From now on the bot listens to this person."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonAway:
    """The linked person is gone from the room, maybe for a moment (a page reload, a reconnect)."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonBack:
    """The linked person returned within the grace time."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """The linked person did not return within the grace time, and is no longer linked."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection to the room is being restored; nothing is known of the room until ConnectionRestored or Joined."""

    at: float


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    """The connection is back after ConnectionLost, in the same membership of the room."""

    at: float


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The room ended or the bot was taken out of it; the last event. `reason` is LiveKit's name for it."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class TextReceived:
    """The linked person typed a message; it counts as a whole turn."""

    at: float
    identity: str
    text: str


@dataclass(frozen=True, slots=True)
class ParticipantConnected:
    """Somebody who is no bot is in the room. `kind` is LiveKit's name: STANDARD, SIP, CONNECTOR ..."""

    at: float
    identity: str
    kind: str


@dataclass(frozen=True, slots=True)
class ParticipantDisconnected:
    """Somebody who is no bot is no longer in the room, since about two seconds ago."""

    at: float
    identity: str
    kind: str


AttendanceEvent = ParticipantConnected | ParticipantDisconnected
"""Who else comes and goes; a LinkEvent says whom the bot talks with."""


@dataclass(frozen=True, slots=True)
class DtmfReceived:
    """Somebody has pressed a key of their telephone: 0 to 9, *, #, A to D. Without an identity the server sent it."""

    at: float
    identity: str
    digit: str


@dataclass(frozen=True, slots=True)
class MicrophoneSilent:
    """The linked person's microphone is on, and gives nothing but zeros since it is: a fault on the way."""

    at: float
    identity: str


@dataclass(frozen=True, slots=True)
class MicrophoneSilenceEnded:
    """After MicrophoneSilent: there is sound now, or the microphone is off or gone."""

    at: float
    identity: str


MicrophoneEvent = MicrophoneSilent | MicrophoneSilenceEnded
LinkEvent = PersonLinked | PersonAway | PersonBack | PersonLeft


MessageEvent = TextReceived | DtmfReceived
ConnectionEvent = Joined | ConnectionLost | ConnectionRestored | RoomEnded
RoomEvent = ConnectionEvent | LinkEvent | AttendanceEvent | MessageEvent | MicrophoneEvent
