"""Which provider of this machine is used where there is no key: by the language, and by what is installed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from bot.providers.registry import KIND_NOUNS, Provider, ProviderKind, key_variables, offering


@dataclass(frozen=True, slots=True)
class LocalChoice:
    """What is used, and why nothing better."""

    provider: Provider | None
    """The first that fits; None when none does."""
    passed_over: tuple[tuple[Provider, str], ...]
    """Those before it, each with half a sentence that says why it does not fit."""

    @property
    def reasons(self) -> str:
        """Why better ones do not fit, as one text; empty when there are none."""
        return "; ".join(f"{provider.name} {why}" for provider, why in self.passed_over)


def choose_local(kind: ProviderKind, language: str) -> LocalChoice:
    """Choose the first local provider of a kind that knows the language and is installed."""
    passed_over: list[tuple[Provider, str]] = []
    for provider in local_providers(kind):
        why = unfitness(provider, kind, language)
        if not why:
            return LocalChoice(provider, tuple(passed_over))
        passed_over.append((provider, why))
    return LocalChoice(None, tuple(passed_over))


def local_providers(kind: ProviderKind) -> Iterator[Provider]:
    """Iterate over the local providers of a kind, the best first."""
    return (provider for provider in offering(kind) if provider.is_local)


def no_local_provider(kind: ProviderKind, choice: LocalChoice) -> str:
    """Say what to do when no local provider of a kind fits."""
    return (
        f"no {KIND_NOUNS[kind]} of this machine fits: {choice.reasons}. Set {key_variables(kind)}, or do without by "
        f"--{kind} none."
    )


def missing_packages(providers: Iterable[Provider]) -> tuple[str, ...]:
    """Return the packages that these providers need and that are not installed, each once."""
    packages = dict.fromkeys(package for provider in providers for package in provider.packages)
    return tuple(package for package in packages if find_spec(package) is None)


def unfitness(provider: Provider, kind: ProviderKind, language: str) -> str:
    """Say why a provider cannot be used, behind its name; empty when it can be. Its key is another question."""
    service = provider.services[kind]
    if not service.knows(language):
        return f"does not know {language!r}, but {', '.join(service.languages)} only"
    if missing := missing_packages([provider]):
        from pipeline.providers.local.packages import how_to_install

        return f"is not installed ({how_to_install(*missing)})"
    return ""
