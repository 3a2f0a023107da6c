"""What frontends can read of the providers that serve a bot: names and remarks, no address and no key."""

from typing import TypedDict
from urllib.parse import urlsplit

from bot.providers import registry
from bot.providers.registry import ProviderKind
from bot.settings.loopback import is_loopback
from bot.settings.values import BaseUrl, ProviderChoice


class ProviderDescription(TypedDict, total=False):
    """One provider. Left out is what is not known of it."""

    name: str
    """Of the provider, or of its class when the program gave an object."""
    model: str
    local: bool
    """It runs on the bot's machine."""
    remark: str
    """What to expect of it."""


def describe_choice(kind: ProviderKind, choice: ProviderChoice, base_url: BaseUrl | None) -> ProviderDescription:
    """Describe a provider that was chosen by name; `base_url` is the address that was set for it."""
    provider = registry.find(choice.name)
    if provider is None:
        return ProviderDescription(name=choice.name.rpartition(":")[2])
    described = ProviderDescription(
        name=provider.name, local=provider.is_local or (base_url is not None and _is_here(base_url))
    )
    if model := choice.model or provider.services[kind].default_model:
        described["model"] = model
    if provider.remark:
        described["remark"] = provider.remark
    return described


def describe_object(provider: object) -> ProviderDescription:
    """Describe a provider that the program gave as an object."""
    return ProviderDescription(name=type(provider).__name__)


def _is_here(address: BaseUrl) -> bool:
    return is_loopback(urlsplit(address.http).hostname or "")
