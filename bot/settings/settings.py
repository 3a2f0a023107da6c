"""Every setting of the bot in one table: a field of `Settings` with its variable, meaning and reader.

Flags, keywords, --help, --print-config and the tables in docs/ are derived from it; keys and base URLs of providers
come from `bot.providers.registry`. Only the standard library is imported here, so that --help stays quick.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from bot.settings.care_settings import CareSettings
from bot.settings.memory_path import read_memory_path
from bot.settings.option import Group, option
from bot.settings.pronunciations import read_pronunciations
from bot.settings.session_limits import SessionLimits
from bot.settings.values import (
    LOG_LEVELS,
    BaseUrl,
    ProviderChoice,
    Secret,
    read_language,
    read_livekit_url,
    read_log_level,
    read_name,
    read_output_path,
    read_secret,
    read_switch,
    read_text,
    secrets_in,
)
from bot.tools.mcp.server_config import McpServer
from bot.tools.webhooks.webhook_config import Webhook

CHOICE, BY_KEYS = "NAME[:MODEL],...", "by the keys that are set"


def _secret(variable: str, meaning: str) -> Secret | None:
    return option(variable, "Secrets", "", meaning, read_secret, has_flag=False, is_secret=True, takes_file=True)


def _switch(variable: str, group: Group, meaning: str, otherwise: str) -> bool:
    return option(variable, group, "", meaning, read_switch, otherwise, default=False, is_switch=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CareSettings):
    """Everything resolved and checked; None means not set.

    A provider's choice is None when nothing was chosen, no key of a known provider is there, and `demo` is off. `keys`
    and `base_urls` go by the name of the provider.
    """

    room: str = option("BOT_ROOM", "Room", "NAME", "room to join", read_name, "none, and it is needed", default="")
    url: str = option(
        "LIVEKIT_URL",
        "Room",
        "URL",
        "LiveKit server, such as ws://127.0.0.1:7880",
        read_livekit_url,
        default="",
        is_address=True,
    )
    identity: str = option(
        "BOT_IDENTITY", "Room", "NAME", "identity of the bot in the room", read_name, "rawbot-<random>", default=""
    )
    participant: str | None = option(
        "BOT_PARTICIPANT", "Room", "NAME", "identity of the person to talk to", read_name, "the first who joins"
    )
    greeting: str | None = option(
        "BOT_GREETING", "Conversation", "TEXT", "say this when the person has joined", read_text
    )
    greeting_instructions: str | None = option(
        "BOT_GREETING_INSTRUCTIONS",
        "Conversation",
        "TEXT",
        "let the language model greet, by these instructions",
        read_text,
    )
    instructions: str | None = option(
        "BOT_INSTRUCTIONS",
        "Conversation",
        "TEXT|@FILE",
        "system prompt of the language model",
        read_text,
        "a short one for voice",
        takes_file=True,
    )
    language: str = option(
        "BOT_LANGUAGE", "Conversation", "TAG", "language tag such as en-US, or multi", read_language, default="en"
    )
    pronounce: Mapping[str, str] | None = option(
        "BOT_PRONOUNCE",
        "Conversation",
        "FILE",
        "how words are to be said: a row a line, WORD = HOW IT IS SAID",
        read_pronunciations,
        is_path=True,
        is_read=True,
    )
    dtmf: bool = _switch(
        "BOT_DTMF",
        "Conversation",
        "take the keys that the person presses on a telephone as what they say; # or a pause ends them",
        "keys are events only",
    )
    tools: tuple[str, ...] = option(
        "BOT_TOOLS",
        "Conversation",
        "FILE.py|MODULE|NAME",
        "functions that the language model may call, separated by commas; by name current_time, end_call, send_dtmf, "
        "transfer_to_human, stop_recording",
        None,
        default=(),
    )
    mcp: Path | None = option(
        "BOT_MCP",
        "Conversation",
        "FILE.json",
        "MCP servers whose tools the language model may call",
        None,
        is_path=True,
    )
    webhooks: Path | None = option(
        "BOT_WEBHOOKS",
        "Conversation",
        "FILE.json",
        "HTTP requests that the language model may make",
        None,
        is_path=True,
    )
    memory: Path | None = option(
        "BOT_MEMORY", "Conversation", "DIR|FILE.sqlite", "remember people between calls", read_memory_path, is_path=True
    )
    demo: bool = _switch(
        "BOT_DEMO",
        "Providers",
        "where nothing is chosen and no key is set, use what runs on this machine",
        "say which keys are missing",
    )
    stt: ProviderChoice | None = option("STT_PROVIDER", "Providers", CHOICE, "transcriber", None, BY_KEYS)
    llm: ProviderChoice | None = option("LLM_PROVIDER", "Providers", CHOICE, "language model", None, BY_KEYS)
    summary_llm: ProviderChoice | None = option(
        "SUMMARY_LLM_PROVIDER", "Providers", "NAME[:MODEL]", "language model for summaries", None, "that of --llm"
    )
    tts: ProviderChoice | None = option("TTS_PROVIDER", "Providers", CHOICE, "speech synthesizer", None, BY_KEYS)
    voice: str | None = option(
        "TTS_VOICE", "Providers", "NAME", "name of the voice, as the synthesizer knows it", read_text, "the provider's"
    )
    journal: Path | None = option(
        "BOT_JOURNAL",
        "Running",
        "FILE",
        "record every event and decision, as JSON lines",
        read_output_path,
        is_path=True,
    )
    stay: bool = _switch(
        "BOT_STAY",
        "Running",
        "wait for the next person after a call, and join again after the room has ended",
        "leave with it",
    )
    log_level: str = option("BOT_LOG_LEVEL", "Running", "LEVEL", ", ".join(LOG_LEVELS), read_log_level, default="info")
    livekit_api_key: Secret | None = _secret("LIVEKIT_API_KEY", "with its secret, makes the bot's token")
    livekit_api_secret: Secret | None = _secret("LIVEKIT_API_SECRET", "belongs to LIVEKIT_API_KEY")
    livekit_token: Secret | None = _secret("LIVEKIT_TOKEN", "a token made elsewhere, used instead of key and secret")
    keys: Mapping[str, Secret] = field(default_factory=dict)
    base_urls: Mapping[str, BaseUrl] = field(default_factory=dict)
    mcp_servers: tuple[McpServer, ...] = ()
    """Those of the file `mcp`."""
    webhook_tools: tuple[Webhook, ...] = ()
    """Those of the file `webhooks`."""
    limits: SessionLimits = SessionLimits()
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
