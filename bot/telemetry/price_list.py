"""What providers ask for what they are used for, as it was read; without what checks it, which takes time to load."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one service asks, in `currency`. None is not known, which is said; a service for nothing has a 0."""

    currency: str
    per_million_prompt_tokens: float | None = None
    per_million_cached_tokens: float | None = None
    """Of the prompt, for those that the provider had kept; as the others where it is not given."""
    per_million_completion_tokens: float | None = None
    per_million_characters: float | None = None
    per_audio_minute: float | None = None
    per_request: float = 0.0
    """Besides all others."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by the name of the service: "openai:gpt-x", or the provider's alone for all models without their own."""

    services: Mapping[str, Price]

    def of(self, provider: str, model: str) -> Price | None:
        """Return the price of a model of a provider, or of the provider; None where it is not known."""
        return self.services.get(f"{provider}:{model}") or self.services.get(provider)

    def __str__(self) -> str:
        return f"of {len(self.services)} services"
