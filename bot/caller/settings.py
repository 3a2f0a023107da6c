"""The settings of a call: server, room, identity and voice, from the same sources as the bot's settings."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jwt

from bot.providers.registry import NO_PROVIDER
from bot.room.token import person_token
from bot.settings.options import OPTIONS
from bot.settings.reading import read_settings
from bot.settings.settings import Settings
from pipeline.errors import SettingsError

BOT_ONLY = (
    *("identity", "greeting", "greeting_instructions", "instructions", "keyterms", "temperature", "dtmf"),
    *("tools", "mcp", "webhooks", "memory", "summary_llm", "journal", "record", "record_consent", "stay"),
    *(option.name for option in OPTIONS if option.name.startswith("transfer_")),
)
"""Options that only a bot uses: a caller that reads a bot's .env must not fail for a file that only the bot needs."""


@dataclass(frozen=True)
class CallSettings:
    """Checked settings."""

    url: str
    room: str
    identity: str
    token: str
    voice: Settings
    """The bot's settings, with a synthesizer if there is anything to speak."""
    secrets: tuple[str, ...]
    """Texts that no log may show."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the .env files."""
        return self.voice.warnings


def read_call_settings(
    flags: Mapping[str, object], *, speaks: bool, environ: Mapping[str, str], directory: Path
) -> CallSettings:
    """Read and check the settings; `speaks`: there are texts to speak. Raises SettingsError with every fault.

    The identity is the flag's, else the one the bot talks to (BOT_PARTICIPANT), else a random one; never BOT_IDENTITY,
    which is the bot's: equal identities remove each other from the room.
    """
    options: dict[str, object] = {**flags, "stt": NO_PROVIDER, "llm": NO_PROVIDER, "demo": True}
    if not speaks:
        options["tts"] = NO_PROVIDER
    reading = read_settings(options, environ=environ, directory=directory, origin="flag", unused=BOT_ONLY)
    settings = reading.require()
    if speaks and settings.tts is not None and settings.tts.is_none:
        raise SettingsError([f"{reading.sources['tts']} is none, but --say needs a voice: choose one with --tts."])
    identity, token = _way_in(settings, str(flags.get("identity", "")))
    return CallSettings(
        url=settings.url,
        room=settings.room,
        identity=identity,
        token=token,
        voice=settings,
        secrets=(token, *settings.secrets),
    )


def _way_in(settings: Settings, wanted: str) -> tuple[str, str]:
    """Return identity and token."""
    if settings.livekit_token is not None:
        token = settings.livekit_token.reveal()
        if jwt.decode(token, options={"verify_signature": False}).get("kind") == "agent":
            fault = "LIVEKIT_TOKEN is a bot's (kind agent), to which bots do not listen: unset it, or set a person's."
            raise SettingsError([fault])
        return settings.identity, token
    assert settings.livekit_api_key is not None
    assert settings.livekit_api_secret is not None
    identity = wanted or settings.participant or f"caller-{secrets.token_hex(4)}"
    token = person_token(
        api_key=settings.livekit_api_key.reveal(),
        api_secret=settings.livekit_api_secret.reveal(),
        room=settings.room,
        identity=identity,
    )
    return identity, token
