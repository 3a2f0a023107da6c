"""Whether the providers can be used, and what became of a person who is handed over because they cannot."""

from dataclasses import dataclass
from typing import Literal

ProviderName = Literal["transcriber", "language model", "voice"]


@dataclass(frozen=True, slots=True)
class ProviderLost:
    """A provider keeps the person waiting. It is asked again and again, whatever is decided."""

    at: float
    provider: ProviderName
    error: str
    is_given_up: bool = False
    """It refuses, or was waited for in vain."""


@dataclass(frozen=True, slots=True)
class ProviderBack:
    """A provider that was lost does its work again."""

    at: float
    provider: ProviderName


@dataclass(frozen=True, slots=True)
class PersonTransferred:
    """The person was handed over as a provider is lost; the bot hangs up, or only writes down what they say."""

    at: float
    stays: bool = False


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The person could not be handed over."""

    at: float
    error: str


ProviderEvent = ProviderLost | ProviderBack | PersonTransferred | TransferFailed
