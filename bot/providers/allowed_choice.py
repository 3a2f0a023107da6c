"""Which provider serves a session that names those it allows, or another language than the operator's."""

from collections.abc import Iterator, Sequence

from bot.providers.local_choice import unfitness
from bot.providers.registry import KIND_NOUNS, Provider, ProviderKind, find, offering
from bot.settings.provider_list import links_of
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice


def is_allowed(choice: ProviderChoice, allowed: Sequence[str]) -> bool:
    """Whether a choice, with all that may take over, is among these names; those of classes are in lower case, too."""
    return all(link.name.lower() in allowed for link in links_of(choice))


def choose_allowed(
    settings: Settings, kind: ProviderKind, language: str, allowed: Sequence[str] | None
) -> ProviderChoice | None:
    """Return the provider of a kind for a session in this language.

    It is the operator's choice where that is allowed and knows the language; else the first of those allowed which can
    be used here, or, where all are, what `demo` would choose. Raises ValueError with half a sentence where none can.
    """
    own: ProviderChoice | None = getattr(settings, kind)
    if own is None or own.is_none:
        return own  # to do without keeps to every constraint
    reasons: list[str] = []
    if allowed is None or is_allowed(own, allowed):
        if not (why := _own_unfitness(own, kind, language)):
            return own
        reasons.append(f"{own.name} {why}")
    for name in allowed if allowed is not None else _of_demo(settings, kind):
        if name == own.name:
            continue
        if not (why := _unfitness(name, kind, language, settings)):
            return ProviderChoice(name)
        reasons.append(f"{name} {why}")
    raise ValueError(f"have no {KIND_NOUNS[kind]}: {'; '.join(reasons)}")


def _of_demo(settings: Settings, kind: ProviderKind) -> Iterator[str]:
    """The names among which `demo` chooses: those with a key, then those of this machine."""
    if settings.demo:
        known = offering(kind)
        yield from (each.name for each in known if each.access and _has_access(each, settings))
        yield from (each.name for each in known if each.is_local)


def _own_unfitness(own: ProviderChoice, kind: ProviderKind, language: str) -> str:
    """Look at the language alone: all else was seen when the operator's settings were read."""
    provider = find(own.name)
    if provider is None or provider.services[kind].knows(language):
        return ""
    return f"does not know {language!r}"


def _unfitness(name: str, kind: ProviderKind, language: str, settings: Settings) -> str:
    """Say why a provider cannot be used here, behind its name; empty when it can be."""
    provider = find(name)
    if provider is None:
        return "is not known here"
    if kind not in provider.services:
        return f"is no {KIND_NOUNS[kind]}"
    if provider.access and not _has_access(provider, settings):
        return "has no key here"
    return unfitness(provider, kind, language)


def _has_access(provider: Provider, settings: Settings) -> bool:
    return provider.name in settings.keys or provider.name in settings.base_urls
