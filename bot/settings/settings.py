"""Every setting of the bot in one table: a field of `Settings` with its variable, meaning and reader.

Flags, keywords, --help, --print-config and the README's table are derived from it; keys and base URLs of providers come
from `bot.providers.registry`. Only the standard library is imported here, so that --help stays quick.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from bot.settings import values
from bot.settings.option import option
from bot.settings.values import LOG_LEVELS, BaseUrl, ProviderChoice, Secret, secrets_in

BY_KEYS = "by the keys that are set"


def _secret(variable: str, meaning: str) -> Secret | None:
    return option(
        variable, meaning, "Secrets", read=values.read_secret, has_flag=False, is_secret=True, takes_file=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything resolved and checked; None means not set.

    A provider's choice is None when nothing was chosen and no key of a known provider is there. `keys` and `base_urls`
    go by the name of the provider.
    """

    room: str = option(
        "BOT_ROOM",
        "room to join",
        "Room",
        metavar="NAME",
        default_text="none, and it is needed",
        read=values.read_name,
        default="",
    )
    url: str = option(
        "LIVEKIT_URL",
        "LiveKit server, such as ws://127.0.0.1:7880",
        "Room",
        metavar="URL",
        read=values.read_livekit_url,
        default="",
        is_address=True,
    )
    identity: str = option(
        "BOT_IDENTITY",
        "identity of the bot in the room",
        "Room",
        metavar="NAME",
        default_text="rawbot-<random>",
        read=values.read_name,
        default="",
    )
    participant: str | None = option(
        "BOT_PARTICIPANT",
        "identity of the person to talk to",
        "Room",
        metavar="NAME",
        default_text="the first who joins",
        read=values.read_name,
    )
    greeting: str | None = option(
        "BOT_GREETING", "say this when the person has joined", "Conversation", metavar="TEXT", read=values.read_text
    )
    greeting_instructions: str | None = option(
        "BOT_GREETING_INSTRUCTIONS",
        "let the language model greet, by these instructions",
        "Conversation",
        metavar="TEXT",
        read=values.read_text,
    )
    instructions: str | None = option(
        "BOT_INSTRUCTIONS",
        "system prompt of the language model",
        "Conversation",
        metavar="TEXT|@FILE",
        default_text="a short one for voice",
        read=values.read_text,
        takes_file=True,
    )
    language: str = option(
        "BOT_LANGUAGE",
        "language tag such as en-US, or multi",
        "Conversation",
        metavar="TAG",
        read=values.read_language,
        default="en",
    )
    stt: ProviderChoice | None = option(
        "STT_PROVIDER", "transcriber", "Providers", metavar="NAME[:MODEL]", default_text=BY_KEYS
    )
    llm: ProviderChoice | None = option(
        "LLM_PROVIDER", "language model", "Providers", metavar="NAME[:MODEL]", default_text=BY_KEYS
    )
    tts: ProviderChoice | None = option(
        "TTS_PROVIDER", "speech synthesizer", "Providers", metavar="NAME[:MODEL]", default_text=BY_KEYS
    )
    voice: str | None = option(
        "TTS_VOICE",
        "name of the voice, as the synthesizer knows it",
        "Providers",
        metavar="NAME",
        default_text="the provider's",
        read=values.read_text,
    )
    temperature: float | None = option(
        "LLM_TEMPERATURE",
        "temperature of the language model, 0 to 2",
        "Providers",
        metavar="NUMBER",
        default_text="the provider's",
        read=values.read_temperature,
    )
    keyterms: tuple[str, ...] = option(
        "STT_KEYTERMS",
        "words to listen for, separated by commas",
        "Providers",
        metavar="WORDS",
        read=values.read_keyterms,
        default=(),
    )
    journal: Path | None = option(
        "BOT_JOURNAL",
        "record every event and decision, as JSON lines",
        "Running",
        metavar="FILE",
        read=values.read_output_path,
        is_path=True,
    )
    stay: bool = option(
        "BOT_STAY",
        "join again after the room has ended",
        "Running",
        default_text="leave with it",
        read=values.read_switch,
        default=False,
        is_switch=True,
    )
    log_level: str = option(
        "BOT_LOG_LEVEL", ", ".join(LOG_LEVELS), "Running", metavar="LEVEL", read=values.read_log_level, default="info"
    )
    livekit_api_key: Secret | None = _secret("LIVEKIT_API_KEY", "with its secret, makes the bot's token")
    livekit_api_secret: Secret | None = _secret("LIVEKIT_API_SECRET", "belongs to LIVEKIT_API_KEY")
    livekit_token: Secret | None = _secret("LIVEKIT_TOKEN", "a token made elsewhere, used instead of key and secret")
    keys: Mapping[str, Secret] = field(default_factory=dict)
    base_urls: Mapping[str, BaseUrl] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    """Doubts about names in the .env files."""
    files: tuple[Path, ...] = ()
    """The .env files that were read, the stronger first."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key, token and password in plain text: what nothing may show."""
        own = (getattr(self, each.name) for each in fields(self))
        return secrets_in((*own, *self.keys.values(), *self.base_urls.values()))


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """Where the server is (ws or wss), and the key pair that gives access to all of its rooms."""

    url: str
    api_key: Secret
    api_secret: Secret
