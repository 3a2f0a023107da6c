"""Makes the bots of room sessions; tests replace it to put a bot into a scene."""

from collections.abc import Callable

from bot.providers.factory import make_language_model
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.ports import LanguageModel

MakeBot = Callable[[Settings], tuple[VoiceBot, LanguageModel | None]]
"""Returns a bot that speaks only when asked to, and its language model, which the session closes."""


def make_bot(settings: Settings) -> tuple[VoiceBot, LanguageModel | None]:
    """Return a bot for a room of the LiveKit server. Raises ProviderError, SettingsError."""
    language_model = make_language_model(settings)
    return VoiceBot(settings, llm=language_model, answers=False), language_model
