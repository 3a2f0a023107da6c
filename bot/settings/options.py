"""The rows of all settings, and the same names as typed keywords for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypedDict, get_args

from bot.providers.registry import KIND_NOUNS, KINDS, PROVIDERS, Provider
from bot.providers.registry import NO_PROVIDER as NO_PROVIDER
from bot.providers.registry import ProviderKind as ProviderKind
from bot.settings import values
from bot.settings.care_settings import CareSettings
from bot.settings.option import Group, Option, row_of
from bot.settings.settings import Settings


def _models() -> Iterator[Option]:
    for kind in KINDS:
        variable = f"{kind.upper()}_MODEL"
        meaning = f"model of the {KIND_NOUNS[kind]}, when --{kind} names none"
        yield Option(variable.lower(), variable, meaning, "Providers", read=values.read_text, has_flag=False)


def _access(provider: Provider) -> Iterator[Option]:
    if provider.key:
        yield Option(
            provider.key.lower(),
            provider.key,
            f"key of {provider.name}",
            "Secrets",
            read=values.read_secret,
            has_flag=False,
            is_secret=True,
            takes_file=True,
        )
    if provider.base_url:
        yield Option(
            provider.base_url.lower(),
            provider.base_url,
            f"another address for {provider.name}, http(s) or ws(s); needs no key",
            "Base URLs",
            default_text=provider.address,
            read=values.read_base_url,
            has_flag=False,
            is_address=True,
        )


API_KEYS = Option(
    "api_keys",
    "BOT_API_KEYS",
    "serve: keys with which programs make sessions, separated by commas",
    "Secrets",
    read=values.read_api_keys,
    has_flag=False,
    is_secret=True,
    takes_file=True,
)
"""No bot has it: a row of the table alone."""


def _rows() -> Iterator[Option]:
    inherited = {each.name for each in fields(CareSettings)}  # which dataclasses put first
    for each in sorted(fields(Settings), key=lambda each: each.name in inherited):
        if (row := row_of(each)) is not None:
            yield row
    yield API_KEYS
    yield from _models()
    for provider in PROVIDERS:
        yield from _access(provider)


def _in_groups(rows: Iterator[Option]) -> tuple[Option, ...]:
    """Sort by group; providers that share a variable have one row for it."""
    groups, once = get_args(Group), dict[str, Option]()
    for row in rows:
        once.setdefault(row.variable, row)
    return tuple(sorted(once.values(), key=lambda row: groups.index(row.group)))


OPTIONS: tuple[Option, ...] = _in_groups(_rows())
"""Every setting, in the order in which people are shown them."""


class Keywords(TypedDict, total=False):
    """Settings that a program passes as keywords; the same names and meanings as the flags."""

    url: str
    identity: str
    participant: str
    greeting: str
    greeting_instructions: str
    instructions: str
    language: str
    pronounce: Mapping[str, str] | Path
    dtmf: bool
    legacy_captions: bool
    debug_session: bool
    transfer_webhook: str
    transfer_to: str
    transfer_text: str
    transfer_then: str
    demo: bool
    voice: str
    temperature: float | str
    hedge: bool
    keyterms: Sequence[str] | str
    journal: Path | str
    idle_after: float | str
    idle_text: str
    idle_instructions: str
    idle_farewell: str
    farewell: str
    max_call_duration: float | str
    max_call_turns: int | str
    max_call_tokens: int | str
    max_call_characters: int | str
    max_call_cost: float | str
    record: Path | str
    record_consent: str
    stay: bool
    on_failure: str
    log_level: str
    otel: bool
    otel_content: bool
    prices: Mapping[str, object] | Path


class Options(Keywords, total=False):
    """All that have flags. A program gives objects for these."""

    room: str
    metrics_port: int | str
    metrics_host: str
    tools: str
    mcp: str
    webhooks: str
    memory: str
    redact: str
    redact_file: str
    stt: str
    llm: str
    summary_llm: str
    tts: str
