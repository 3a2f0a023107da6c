"""The settings of what frontends of the room are shown beside the conversation itself."""

from dataclasses import dataclass

from bot.settings.option import option
from bot.settings.transfer_settings import TransferSettings
from bot.settings.values import read_switch


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontendSettings(TransferSettings):
    """A part of `Settings`."""

    legacy_captions: bool = option(
        "BOT_LEGACY_CAPTIONS",
        "Running",
        "",
        "send captions as transcription packets, too, for frontends older than text streams",
        read_switch,
        "text streams only",
        default=False,
        is_switch=True,
    )
    debug_session: bool = option(
        "BOT_DEBUG_SESSION",
        "Running",
        "",
        "let the person's app read instructions, errors, and what tools are given and return (lk.agent.session)",
        read_switch,
        "it reads the conversation only",
        default=False,
        is_switch=True,
    )
