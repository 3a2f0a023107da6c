"""Rawbot: a voice bot for LiveKit rooms, for the command line (`python -m bot`) and for embedding (`VoiceBot`)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.voicebot import VoiceBot as VoiceBot

__all__ = ["VoiceBot"]


def __getattr__(name: str) -> Any:
    """Load VoiceBot at its first use: `python -m bot --help` passes through here and must not wait for LiveKit."""
    if name == "VoiceBot":
        from bot.voicebot import VoiceBot

        return VoiceBot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
