"""Rawbot: a voice bot for LiveKit rooms, for the command line (`python -m bot`) and for embedding (`VoiceBot`)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.event_feed import MessageAdded as MessageAdded
    from bot.exchange import Answer as Answer
    from bot.exchange import Heard as Heard
    from bot.exchange import Said as Said
    from bot.status import HearingStatus as HearingStatus
    from bot.voicebot import VoiceBot as VoiceBot
    from pipeline.people import Person as Person

_PLACES = {
    "Answer": "bot.exchange",
    "Heard": "bot.exchange",
    "HearingStatus": "bot.status",
    "MessageAdded": "bot.event_feed",
    "Person": "pipeline.people",
    "Said": "bot.exchange",
    "VoiceBot": "bot.voicebot",
}

__all__ = ["Answer", "Heard", "HearingStatus", "MessageAdded", "Person", "Said", "VoiceBot"]


def __getattr__(name: str) -> Any:
    """Load each name at its first use: `python -m bot --help` passes through here and must not wait for LiveKit."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
