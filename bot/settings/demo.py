"""What the setting `demo` has chosen: providers of this machine, and a model server of it where one runs."""

import asyncio
from collections.abc import Callable, Mapping

from bot.providers import registry
from bot.providers.local_choice import choose_local
from bot.providers.registry import KIND_NOUNS, KINDS, Provider, ProviderKind
from bot.settings.reading import Reading
from bot.settings.sources import Precedence
from bot.settings.values import ProviderChoice
from pipeline.providers.local import probe
from pipeline.providers.local.probe import LocalModel

BETTER: Mapping[ProviderKind, str] = {
    "stt": " gets you another",
    "llm": ", or a server on this machine such as Ollama, gets you one that knows more",
    "tts": " gets you another",
}
"""What the key of a vendor brings; follows its name."""


def chosen_by_demo(reading: Reading, kind: ProviderKind) -> Provider | None:
    """Return the local provider that is used because nothing else was chosen; None where something was."""
    choice = reading.checked.get(kind)
    if not isinstance(choice, ProviderChoice) or reading.sources[kind].rank is not Precedence.DEFAULT:
        return None
    provider = registry.find(choice.name)
    return provider if provider is not None and provider.is_local else None


def find_model(reading: Reading, look: Callable[[], LocalModel | None]) -> LocalModel | None:
    """Return the model of a server on this machine that is to be used instead of the demo's own, if there is one.

    `look` looks for one.
    """
    return look() if chosen_by_demo(reading, "llm") is not None else None


def with_local_model(reading: Reading, environ: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Look for a model server on this machine in place of the demo's own model.

    Return the environment to read the settings from again, and a line about each provider.
    """
    model = find_model(reading, lambda: asyncio.run(probe.find_local_model()))
    return {**environ, **model_settings(reading, model)}, notes(reading, model)


def model_settings(reading: Reading, model: LocalModel | None) -> dict[str, str]:
    """Return the variables that have a bot use this model."""
    if model is None:
        return {}
    return {
        str(registry.local_servers().base_url): model.base_url,
        "LLM_MODEL": str(reading.raw.get("llm_model") or model.model),
    }


def notes(reading: Reading, model: LocalModel | None) -> tuple[str, ...]:
    """Say in a line each which providers are used and why, and whose license one should know."""
    lines: list[str] = []
    for kind in KINDS:
        choice = reading.checked.get(kind)
        if not isinstance(choice, ProviderChoice):
            continue
        provider, name, remark = registry.find(choice.name), str(choice), f"by {reading.sources[kind]}"
        if kind == "llm" and model is not None:
            provider, name = registry.local_servers(), model_settings(reading, model)["LLM_MODEL"]
            remark = f"of {model.server} at {model.base_url}"
        elif provider is not None and provider.is_local:
            remark = _remark(reading, provider, kind)
        lines.append(f"{KIND_NOUNS[kind]}: {name} ({remark})")
        if provider is not None and provider.license is not None:
            lines.append(str(registry.load(provider.license)))
    return tuple(lines)


def _remark(reading: Reading, local: Provider, kind: ProviderKind) -> str:
    parts = [local.remark, f"{registry.key_variables(kind)}{BETTER[kind]}"]
    if chosen_by_demo(reading, kind) is not None:
        parts.append(choose_local(kind, str(reading.checked["language"])).reasons)
    return "; ".join(part for part in parts if part)
