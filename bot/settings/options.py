"""Every setting of the bot in one table: its keyword, flag, environment variable and meaning.

--help, --print-config and the reading of flags, keywords, environment and .env all go by it. Only the standard library
is imported here, so that --help stays quick.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

ProviderKind = Literal["stt", "llm", "tts"]
Group = Literal["Room", "Conversation", "Providers", "Running", "Secrets", "Base URLs"]

NO_PROVIDER = "none"
"""The provider name that says: this bot has no such stage."""

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider that can be chosen by `name`, and the variables of its key and its own base URL, if it has them."""

    name: str
    key: str | None = None
    base_url: str | None = None


Providers = Mapping[ProviderKind, Sequence[KnownProvider]]

PROVIDERS: Providers = {
    "stt": (KnownProvider("deepgram", "DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL"), KnownProvider("pocketsphinx")),
    "llm": (KnownProvider("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL"), KnownProvider("responder")),
    "tts": (KnownProvider("cartesia", "CARTESIA_API_KEY", "CARTESIA_BASE_URL"), KnownProvider("espeak")),
}
"""The providers that can be chosen for each stage; without a choice, the first whose key or base URL is set.

Those without a key are never chosen by themselves: they are for a first talk, and nobody should get them unasked.
"""

STAGE_NOUNS: Mapping[ProviderKind, str] = {"stt": "transcriber", "llm": "language model", "tts": "speech synthesizer"}


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. `name` is the field of Settings and the keyword; `variable` its name in environment and .env."""

    name: str
    variable: str
    meaning: str
    group: Group
    metavar: str = ""
    default: str = ""
    has_flag: bool = True
    is_switch: bool = False
    is_secret: bool = False
    is_address: bool = False

    @property
    def flag(self) -> str | None:
        """The flag, `--greeting-instructions`; None when the setting comes from environment and .env only."""
        return "--" + self.name.replace("_", "-") if self.has_flag else None


def _secret(variable: str, meaning: str) -> Option:
    return Option(variable.lower(), variable, meaning, "Secrets", has_flag=False, is_secret=True)


def _model(stage: ProviderKind) -> Option:
    variable = f"{stage.upper()}_MODEL"
    meaning = f"model of the {STAGE_NOUNS[stage]}, when --{stage} names none"
    return Option(variable.lower(), variable, meaning, "Providers", has_flag=False)


def _base_url(vendor: str) -> Option:
    variable = f"{vendor.upper()}_BASE_URL"
    meaning = f"another address for {vendor}, http(s) or ws(s); needs no key"
    return Option(variable.lower(), variable, meaning, "Base URLs", has_flag=False, is_address=True)


OPTIONS: tuple[Option, ...] = (
    Option("room", "BOT_ROOM", "room to join", "Room", "NAME", "none, and it is needed"),
    Option("url", "LIVEKIT_URL", "LiveKit server, such as ws://127.0.0.1:7880", "Room", "URL", is_address=True),
    Option("identity", "BOT_IDENTITY", "identity of the bot in the room", "Room", "NAME", "rawbot-<random>"),
    Option(
        "participant", "BOT_PARTICIPANT", "identity of the person to talk to", "Room", "NAME", "the first who joins"
    ),
    Option("greeting", "BOT_GREETING", "say this when the person has joined", "Conversation", "TEXT"),
    Option(
        "greeting_instructions",
        "BOT_GREETING_INSTRUCTIONS",
        "let the language model greet, told this",
        "Conversation",
        "TEXT",
    ),
    Option(
        "instructions",
        "BOT_INSTRUCTIONS",
        "system prompt of the language model",
        "Conversation",
        "TEXT|@FILE",
        "a short one for voice",
    ),
    Option("language", "BOT_LANGUAGE", "language tag such as en-US, or multi", "Conversation", "TAG", "en"),
    Option("stt", "STT_PROVIDER", "transcriber", "Providers", "NAME[:MODEL]", "by the keys that are set"),
    Option("llm", "LLM_PROVIDER", "language model", "Providers", "NAME[:MODEL]", "by the keys that are set"),
    Option("tts", "TTS_PROVIDER", "speech synthesizer", "Providers", "NAME[:MODEL]", "by the keys that are set"),
    _model("stt"),
    _model("llm"),
    _model("tts"),
    Option("voice", "TTS_VOICE", "the synthesizer's name of the voice", "Providers", "NAME", "the provider's"),
    Option("temperature", "LLM_TEMPERATURE", "of the language model, 0 to 2", "Providers", "NUMBER", "the provider's"),
    Option("keyterms", "STT_KEYTERMS", "words to listen for, parted by commas", "Providers", "WORDS"),
    Option("journal", "BOT_JOURNAL", "record every event and decision, as JSON lines", "Running", "FILE"),
    Option(
        "stay", "BOT_STAY", "join again after the room has ended", "Running", default="leave with it", is_switch=True
    ),
    Option("log_level", "BOT_LOG_LEVEL", ", ".join(LOG_LEVELS), "Running", "LEVEL", "info"),
    _secret("LIVEKIT_API_KEY", "with its secret, makes the bot's token"),
    _secret("LIVEKIT_API_SECRET", "belongs to LIVEKIT_API_KEY"),
    _secret("LIVEKIT_TOKEN", "a token made elsewhere, used instead of key and secret"),
    _secret("DEEPGRAM_API_KEY", "key of deepgram"),
    _secret("OPENAI_API_KEY", "key of openai"),
    _secret("CARTESIA_API_KEY", "key of cartesia"),
    _base_url("deepgram"),
    _base_url("openai"),
    _base_url("cartesia"),
)


class Keywords(TypedDict, total=False):
    """Settings that an embedding program passes as keywords; the same names and meanings as the flags."""

    url: str
    identity: str
    participant: str
    greeting: str
    greeting_instructions: str
    instructions: str
    language: str
    voice: str
    temperature: float | str
    keyterms: Sequence[str] | str
    journal: Path | str
    stay: bool
    log_level: str


class Options(Keywords, total=False):
    """All that have flags. The program that embeds the bot may give objects for these four."""

    room: str
    stt: str
    llm: str
    tts: str
