"""A list of providers of one kind, as a person writes it: the first, and those that take over from it."""

from collections.abc import Sequence

from bot.providers.registry import NO_PROVIDER, Provider, ProviderKind
from bot.settings.values import ProviderChoice, read_choice, read_text


def links_of(choice: ProviderChoice) -> tuple[ProviderChoice, ...]:
    """Return a choice and those that take over from it, each by itself."""
    return ProviderChoice(choice.name, choice.model), *choice.others


def read_choices(
    raw: object, kind: ProviderKind, known: Sequence[Provider], *, may_load: bool = True
) -> ProviderChoice:
    """One choice, or several separated by commas: the first, and those that take over from it."""
    parts = read_text(raw).split(",")
    first, *others = (read_choice(part, kind, known, may_load=may_load) for part in parts)
    if others and any(choice.is_none for choice in (first, *others)):
        raise ValueError(f"has {NO_PROVIDER!r} beside others; leave it out")
    if len({first, *others}) <= len(others):
        raise ValueError("names a provider and model twice; leave one out")
    return ProviderChoice(first.name, first.model, tuple(others))
