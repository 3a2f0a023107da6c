"""A talk without keys: whether what runs on this machine works here, and how to have it."""

from dataclasses import replace
from typing import Any

from bot.doctor.finding import Finding, Status
from bot.doctor.providers import ask
from bot.providers.local_choice import choose_local
from bot.providers.registry import KINDS, NO_PROVIDER, Provider, ProviderKind
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.errors import ProviderError
from pipeline.providers.local.probe import SERVERS, LocalModel, find_local_model

Missed = frozenset[ProviderKind]
"""The kinds for which nothing is chosen and no key is set."""


async def examine_local(language: str, missed: Missed) -> list[Finding]:
    """Say how to talk without keys, with what is installed and served on this machine."""
    model = await find_local_model()
    choices = {kind: choose_local(kind, language) for kind in KINDS}
    used = {kind: choice.provider for kind, choice in choices.items()}
    notes = [choice.reasons for choice in choices.values() if choice.reasons]
    command = f"python -m bot --room NAME --demo{_without(used)}"
    finding = Finding("local", "ok", "; ".join([f"to talk without keys: {command} ({_named(used, model)})", *notes]))
    return [finding, *_about_model(used["llm"], model, missed)]


async def try_engines(missed: Missed, settings: Settings) -> list[Finding]:
    """Load each engine that would be used for want of a key, one after the other: side by side each would seem slow."""
    findings = []
    for kind in KINDS:
        local = choose_local(kind, settings.language).provider if kind in missed else None
        if local is None:
            continue
        chosen: dict[str, Any] = {kind: ProviderChoice(local.name)}
        status: Status = "ok"
        try:
            round_trip = await ask(kind, replace(settings, **chosen))
            text = f"{local.name} works: it answers within {1000 * round_trip:.0f} ms"
        except ProviderError as error:
            status, text = "warn", f"{local.name} does not work here: {error}"
        findings.append(Finding("local", status, text))
    return findings


def _without(used: dict[ProviderKind, Provider | None]) -> str:
    return "".join(f" --{kind} {NO_PROVIDER}" for kind, provider in used.items() if provider is None)


def _named(used: dict[ProviderKind, Provider | None], model: LocalModel | None) -> str:
    names = {kind: provider.name for kind, provider in used.items() if provider is not None}
    if model is not None:
        names["llm"] = f"{model.model} of {model.server}"
    return ", ".join(names[kind] for kind in KINDS if kind in names)


def _about_model(local: Provider | None, model: LocalModel | None, missed: Missed) -> list[Finding]:
    """Warn of the language model where that is all there is."""
    if model is not None or local is None or "llm" not in missed:
        return []
    served = f"no language model is served on this machine ({', '.join(SERVERS)})"
    return [Finding("local", "warn", f"{served}, so {local.name} would answer: {local.remark}")]
