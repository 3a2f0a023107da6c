"""Makes the providers that the settings choose. Each class is imported only then: their SDKs are heavy."""

import gc
import importlib
import inspect
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.providers import custom, registry
from bot.providers.registry import KINDS, Provider, ProviderKind
from bot.settings.provider_list import links_of
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

log = logging.getLogger(__name__)

NO_KEY = "no-key"
"""Sent where a class insists on a key and none is set: the server at a base URL of one's own may want none."""


def make_transcriber(settings: Settings) -> Transcriber | None:
    """The chosen transcriber; None when the bot is to have none."""
    transcriber: Transcriber | None = _make("stt", settings.stt, settings)
    return transcriber


def make_language_model(settings: Settings) -> LanguageModel | None:
    """The chosen language model; None when the bot is to have none."""
    model: LanguageModel | None = _make("llm", settings.llm, settings)
    return model


def make_summary_model(settings: Settings) -> LanguageModel | None:
    """The language model that was chosen for summaries; None when that of the replies makes them."""
    model: LanguageModel | None = _make("llm", settings.summary_llm, settings)
    return model


def make_synthesizer(settings: Settings) -> Synthesizer | None:
    """The chosen voice; None when the bot is to have none."""
    synthesizer: Synthesizer | None = _make("tts", settings.tts, settings)
    return synthesizer


def each_by_itself(kind: ProviderKind, settings: Settings) -> list[Settings]:
    """Return the settings of each provider of a list as if it stood alone; the name of a voice is the first one's."""
    choice: ProviderChoice | None = getattr(settings, kind)
    if choice is None:
        return [settings]
    alone = list[Settings]()
    for one in links_of(choice):
        chosen: dict[str, Any] = {kind: one}
        if alone and one.name != choice.name:
            chosen["voice"] = None
        alone.append(replace(settings, **chosen))
    return alone


def chosen_sdks(settings: Settings) -> list[str]:
    """The packages that the chosen providers import."""
    choices = [*(getattr(settings, kind) for kind in KINDS), settings.summary_llm]
    found = [registry.find(link.name) for choice in choices if choice is not None for link in links_of(choice)]
    return [provider.sdk for provider in found if provider is not None and provider.sdk is not None]


def import_sdks(settings: Settings) -> None:
    """Begin to import what the chosen providers need, in a thread: the bot joins meanwhile."""
    threading.Thread(target=_import_all, args=(chosen_sdks(settings),), name="sdk-imports", daemon=True).start()


def _import_all(packages: list[str]) -> None:
    for package in packages:
        try:
            importlib.import_module(package)
        except Exception as error:  # noqa: BLE001 - the provider that needs it will say so, where it can be handled
            log.debug("importing %s ahead of its use failed: %s", package, error)
    # What was loaded stays: a collection that looks through it takes 76 ms, longer than the voice's queue lasts.
    gc.freeze()


def _make(kind: ProviderKind, choice: ProviderChoice | None, settings: Settings) -> Any:
    if choice is None or choice.is_none:
        return None
    if choice.is_custom:
        return custom.load(choice.name, kind)()
    provider = registry.find(choice.name)
    assert provider is not None
    service = provider.services[kind]
    factory = registry.load(service.factory)
    return factory(**_accepted(factory, _offered(provider, choice.model or service.default_model, settings)))


def _offered(provider: Provider, model: str | None, settings: Settings) -> Mapping[str, object]:
    """What a class may ask for, see `registry.Service`; None where it is not set."""
    key, url = settings.keys.get(provider.name), settings.base_urls.get(provider.name)
    return {
        "api_key": key.reveal() if key else None,
        "base_url": url.http if url else None,
        "model": model,
        "voice": settings.voice,
        "language": settings.language,
        "keyterms": settings.keyterms,
    }


def _accepted(factory: Any, offered: Mapping[str, object]) -> dict[str, object]:
    parameters = inspect.signature(factory).parameters
    accepted = {name: value for name, value in offered.items() if name in parameters and value is not None}
    if "api_key" in parameters and parameters["api_key"].default is inspect.Parameter.empty:
        accepted.setdefault("api_key", NO_KEY)
    return accepted
