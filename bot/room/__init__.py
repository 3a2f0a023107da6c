"""The LiveKit edge: the only place that touches the LiveKit client."""

from bot.room.connection import Room
from bot.room.linking import GRACE_DELAY
from bot.room.membership import Membership
from bot.room.voice import RoomVoice

__all__ = ["GRACE_DELAY", "Membership", "Room", "RoomVoice"]
