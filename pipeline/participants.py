"""Participants of a room."""

from dataclasses import dataclass
from typing import Literal

MicrophoneState = Literal["none", "muted", "live"]


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the room who is no bot. `kind` is LiveKit's name: STANDARD, SIP, CONNECTOR ..."""

    identity: str
    kind: str
    is_linked: bool
    """The bot talks with them."""
    microphone: MicrophoneState
