"""What the bot hears, thinks and speaks with in a first talk: the vendors whose keys are there, else what is local."""

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
"""What a key is good for, after its name."""


@dataclass(frozen=True)
class Choice:
    """What is added to the bot's flags and environment, and what is told of its providers, line by line."""

    flags: tuple[str, ...]
    environment: Mapping[str, str]
    notes: tuple[str, ...]
    greeting: str | None = None
    """How the language model introduces itself, when it is one of fixed rules that nobody chose."""


def undecided(reading: Reading) -> frozenset[ProviderKind]:
    """The stages for which neither a provider is chosen nor a key or an address known."""
    return frozenset(kind for kind in KINDS if not isinstance(reading.checked.get(kind), ProviderChoice))


def choose(reading: Reading, model: LocalModel | None) -> Choice:
    """Fill the undecided kinds: the language model with `model` when there is one, all others with local providers."""
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
