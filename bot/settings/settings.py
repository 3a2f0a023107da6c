"""The bot's settings: read from all sources, checked in one pass, every fault reported at once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import values
from bot.settings.checks import Check, choose_provider, identity_of_token, require_key_and_secret, settle_greeting
from bot.settings.options import OPTIONS, PROVIDERS, STAGE_NOUNS, Option, ProviderKind, Providers
from bot.settings.sources import DEFAULT, Origin, Source, gather
from bot.settings.values import BaseUrl, ProviderChoice, Secret
from pipeline.errors import SettingsError

DEFAULT_LANGUAGE = "en"
DEFAULT_LOG_LEVEL = "info"

SHOWN_CHARACTERS = 60
"""How much of a value --print-config shows; a prompt may be long."""

NO_SERVER = "no LiveKit server: set LIVEKIT_URL or give --url, such as ws://127.0.0.1:7880."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything resolved and checked; None means not set. Field names are the option names of `bot.settings.options`.

    A stage's choice is None when nothing was chosen and no key of a known provider is there.
    """

    room: str
    url: str
    identity: str
    participant: str | None
    greeting: str | None
    greeting_instructions: str | None
    instructions: str | None
    language: str
    stt: ProviderChoice | None
    llm: ProviderChoice | None
    tts: ProviderChoice | None
    voice: str | None
    temperature: float | None
    keyterms: tuple[str, ...]
    journal: Path | None
    stay: bool
    log_level: str
    livekit_api_key: Secret | None
    livekit_api_secret: Secret | None
    livekit_token: Secret | None
    deepgram_api_key: Secret | None
    openai_api_key: Secret | None
    cartesia_api_key: Secret | None
    deepgram_base_url: BaseUrl | None
    openai_base_url: BaseUrl | None
    cartesia_base_url: BaseUrl | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the settings gave: the settings when there is no fault, and the evidence in either case.

    `checked` and `sources` go by option name; `checked` lacks what is faulty, `raw` has it as it was written.
    """

    settings: Settings | None
    checked: Mapping[str, object]
    raw: Mapping[str, object] = field(repr=False)  # with secrets in plain text
    sources: Mapping[str, Source]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    def require(self) -> Settings:
        """The settings, or SettingsError with every fault; a near miss in .env is often the reason, so it is added."""
        if self.settings is None:
            raise SettingsError(self.faults + self.warnings)
        return self.settings


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """Where the server is (ws or wss), and the key pair with which it is asked about all of its rooms."""

    url: str
    api_key: Secret
    api_secret: Secret


def load_settings(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "option"
) -> Settings:
    """Read and check all settings; `directory` has the .env files and the relative paths. Raises SettingsError."""
    return read_settings(options, environ=environ, directory=directory, origin=origin).require()


def read_settings(
    options: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    directory: Path,
    origin: Origin = "option",
    providers: Providers = PROVIDERS,
    joins: bool = True,
) -> Reading:
    """Like `load_settings`, but keeps faults, sources and warnings beside the settings, and never raises.

    Without `joins` the bot is to be in a room already: no server and no key to it are needed.
    """
    findings = gather(options, environ, directory, origin)
    check = Check(findings)
    settings = _settle(check, directory, providers, tuple(findings.warnings), joins)
    return Reading(
        settings=None if check.faults else settings,
        checked=check.checked,
        raw={name: found.raw for name, found in findings.found.items()},
        sources=check.sources,
        faults=tuple(check.faults),
        warnings=tuple(findings.warnings),
    )


def load_server_access(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "option"
) -> ServerAccess:
    """The settings of the server alone, from the same sources; others may be missing or wrong. Raises SettingsError."""
    findings = gather(options, environ, directory, origin)
    check = Check(findings)
    check.missing("url", NO_SERVER)
    for name in ("livekit_api_key", "livekit_api_secret"):
        check.missing(
            name, f"no {name.upper()}: set it; the server's key pair is needed, a token is for one room only."
        )
    url = check.take("url", values.read_livekit_url)
    key, secret = (
        check.take(name, lambda raw: values.read_secret(raw, directory))
        for name in ("livekit_api_key", "livekit_api_secret")
    )
    if check.faults or url is None or key is None or secret is None:
        raise SettingsError((*check.faults, *findings.warnings))
    return ServerAccess(url, key, secret)


def missing_providers(reading: Reading) -> tuple[str, ...]:
    """A sentence for each stage for which nothing was chosen and no key is there; "none" is a choice."""
    stages: tuple[ProviderKind, ...] = ("stt", "llm", "tts")
    return tuple(_no_provider(stage) for stage in stages if stage not in reading.checked and stage not in reading.raw)


def _no_provider(stage: ProviderKind) -> str:
    keys = " or ".join(provider.key for provider in PROVIDERS[stage] if provider.key)
    names = ", ".join(provider.name for provider in PROVIDERS[stage])
    return f"no {STAGE_NOUNS[stage]}: set {keys}, or choose one with --{stage} ({names}, or none to do without)."


def _settle(check: Check, directory: Path, providers: Providers, warnings: tuple[str, ...], joins: bool) -> Settings:
    """Check every option. Where `check` has noted a fault, what stands in its place is not to be used."""

    def secret(name: str) -> Secret | None:
        return check.take(name, lambda raw: values.read_secret(raw, directory))

    if joins:
        check.missing("room", "no room: name one with --room NAME.")
        check.missing("url", NO_SERVER)
    settle_greeting(check)
    room = check.take("room", values.read_name)
    token = secret("livekit_token")
    return Settings(
        room=room or "",
        url=check.take("url", values.read_livekit_url) or "",
        identity=_identity(check, token, room, joins),
        participant=check.take("participant", values.read_name),
        greeting=check.take("greeting", values.read_text),
        greeting_instructions=check.take("greeting_instructions", values.read_text),
        instructions=check.take("instructions", lambda raw: values.read_file_text(raw, directory)),
        language=check.take_or("language", values.read_language, DEFAULT_LANGUAGE),
        stt=choose_provider(check, "stt", providers["stt"]),
        llm=choose_provider(check, "llm", providers["llm"]),
        tts=choose_provider(check, "tts", providers["tts"]),
        voice=check.take("voice", values.read_text),
        temperature=check.take("temperature", values.read_temperature),
        keyterms=check.take_or("keyterms", values.read_keyterms, ()),
        journal=check.take("journal", lambda raw: values.read_journal(raw, directory)),
        stay=check.take_or("stay", values.read_switch, False),
        log_level=check.take_or("log_level", values.read_log_level, DEFAULT_LOG_LEVEL),
        livekit_api_key=secret("livekit_api_key"),
        livekit_api_secret=secret("livekit_api_secret"),
        livekit_token=token,
        deepgram_api_key=secret("deepgram_api_key"),
        openai_api_key=secret("openai_api_key"),
        cartesia_api_key=secret("cartesia_api_key"),
        deepgram_base_url=check.take("deepgram_base_url", values.read_base_url),
        openai_base_url=check.take("openai_base_url", values.read_base_url),
        cartesia_base_url=check.take("cartesia_base_url", values.read_base_url),
        warnings=warnings,
    )


def _identity(check: Check, token: Secret | None, room: str | None, joins: bool) -> str:
    """The token's identity, the chosen one, or a random one: equal identities throw each other out of the room."""
    if "livekit_token" not in check.found:
        if joins:
            require_key_and_secret(check)
        return check.take_or("identity", values.read_name, f"rawbot-{secrets.token_hex(4)}")
    identity = check.take("identity", values.read_name)
    return (identity_of_token(check, token, room, identity) if token else identity) or ""


def describe(reading: Reading) -> str:
    """What --print-config prints: a line with name, value and source for each option, in the order of the table."""
    rows = [(o.name, _shown(o, reading), str(reading.sources.get(o.name, DEFAULT))) for o in OPTIONS]
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "".join(f"{name:<{name_width}}  {value:<{value_width}}  {source}\n" for name, value, source in rows)


def _shown(option: Option, reading: Reading) -> str:
    if option.name in reading.checked:
        value = reading.checked[option.name]
        if isinstance(value, Secret):
            return value.masked()
        if isinstance(value, tuple):
            return _one_line(", ".join(value)) or "-"
        return _one_line(str(value).lower() if isinstance(value, bool) else str(value))
    if option.name in reading.raw:
        # A faulty address may carry a password anywhere, so nothing of it is shown.
        hidden = option.is_secret or option.is_address
        return "(faulty)" if hidden else f"(faulty) {_one_line(str(reading.raw[option.name]))}"
    return f"({option.default})" if option.default else "-"


def _one_line(text: str) -> str:
    head = text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}… ({len(text)} characters)"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in head)
