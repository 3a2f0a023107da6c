"""Rawbot: a voice bot for LiveKit rooms, for the command line (`python -m bot`) and for embedding (`VoiceBot`)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.assembly.status import HearingStatus as HearingStatus
    from bot.event_feed import MessageAdded as MessageAdded
    from bot.results import Answer as Answer
    from bot.results import SpeechResult as SpeechResult
    from bot.results import UserTurn as UserTurn
    from bot.voicebot import VoiceBot as VoiceBot
    from pipeline.participants import Participant as Participant

_PLACES = {
    "Answer": "bot.results",
    "UserTurn": "bot.results",
    "HearingStatus": "bot.assembly.status",
    "MessageAdded": "bot.event_feed",
    "Participant": "pipeline.participants",
    "SpeechResult": "bot.results",
    "VoiceBot": "bot.voicebot",
}

__all__ = ["Answer", "HearingStatus", "MessageAdded", "Participant", "SpeechResult", "UserTurn", "VoiceBot"]


def __getattr__(name: str) -> Any:
    """Load each name at its first use: `python -m bot --help` passes through here and must not wait for LiveKit."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
