"""Chooses the providers of a talk: vendors whose keys are there, else local providers."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.providers import registry
from bot.providers.registry import KIND_NOUNS, KINDS, Provider, ProviderKind
from bot.settings.reading import Reading
from bot.settings.values import ProviderChoice
from pipeline.providers.local.probe import LocalModel

BETTER: Mapping[ProviderKind, str] = {
    "stt": " gets you a good one",
    "llm": ", or a server on this machine such as Ollama, gets you a model",
    "tts": " gets you a natural voice",
}
"""What the key of a vendor brings; follows its name."""


@dataclass(frozen=True)
class Choice:
    """Flags and environment to add to the bot's, and a line about each provider."""

    flags: tuple[str, ...]
    environment: Mapping[str, str]
    notes: tuple[str, ...]
    greeting: str | None = None
    """The greeting of a local language model with fixed rules, when that is used by default."""


def undecided(reading: Reading) -> frozenset[ProviderKind]:
    """Return the kinds for which neither a provider is chosen nor a key or an address set."""
    return frozenset(kind for kind in KINDS if not isinstance(reading.checked.get(kind), ProviderChoice))


def choose(reading: Reading, model: LocalModel | None) -> Choice:
    """Choose providers for the undecided kinds: `model` if there is one, else local providers."""
    flags: list[str] = []
    environment: dict[str, str] = {}
    notes = []
    greeting = None
    for kind in KINDS:
        local = registry.local_provider(kind)
        chosen = reading.checked.get(kind)
        if isinstance(chosen, ProviderChoice):
            provider, name = registry.find(chosen.name), str(chosen)
            is_local = provider is not None and provider.is_local
            remark = _remark(provider, kind) if provider and is_local else f"by {reading.sources[kind]}"
        elif kind == "llm" and model is not None:
            provider = registry.local_servers()
            name, remark = str(reading.raw.get("llm_model") or model.model), f"of {model.server} at {model.base_url}"
            environment |= {str(provider.base_url): model.base_url, "LLM_MODEL": name}
        else:
            provider, name, remark = local, local.name, _remark(local, kind)
            flags += [f"--{kind}", name]
            if (place := local.services[kind].greeting) is not None:
                greeting = str(registry.load(place))
        notes.append(f"{KIND_NOUNS[kind]}: {name} ({remark})")
        if provider is not None and provider.license is not None:
            notes.append(str(registry.load(provider.license)))
    return Choice(tuple(flags), environment, tuple(notes), greeting)


def _remark(local: Provider, kind: ProviderKind) -> str:
    return f"{local.remark}; {registry.key_variables(kind)}{BETTER[kind]}"
