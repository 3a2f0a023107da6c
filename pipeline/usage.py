"""What providers were asked to do, in the units that they are paid by."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

ProviderStage = Literal["stt", "llm", "tts"]
"""What a provider is for, as in the flags: transcriber, language model, voice."""

_UNITS = (
    "requests",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "estimated_requests",
    "characters",
    "audio_duration",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUsage:
    """What one model of one provider was used for, retries and drafts that nobody heard included."""

    stage: ProviderStage
    provider: str
    """Its name, or that of the class that the program gave."""
    model: str = ""
    """Empty where it is not known, or there is but one."""
    requests: int = 0
    """That were begun; of a transcriber, its streams."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Of those, the ones that the provider had kept from earlier requests."""
    completion_tokens: int = 0
    estimated_requests: int = 0
    """Requests whose tokens are estimated: they were called off, and providers then do not count."""
    characters: int = 0
    """Given to the voice."""
    audio_duration: float = 0.0
    """Seconds given to the transcriber, what was sent again included; or made by the voice."""

    @property
    def service(self) -> str:
        """The name by which a price is looked up: "openai:gpt-6-luna", or "espeak"."""
        return f"{self.provider}:{self.model}" if self.model else self.provider

    @property
    def is_used(self) -> bool:
        """Whether it was asked for anything."""
        return any(getattr(self, unit) for unit in _UNITS)

    def __str__(self) -> str:
        parts = [self.service]
        if self.stage == "llm":
            cached = f" ({self.cached_tokens:,} cached)" if self.cached_tokens else ""
            parts.append(f"{self.prompt_tokens:,}{cached} + {self.completion_tokens:,} tokens")
            if self.estimated_requests:
                parts.append(f"of {self.estimated_requests} of {self.requests} requests estimated")
        if self.stage == "tts":
            parts.append(f"{self.characters:,} characters")
        if self.stage != "llm":
            parts.append(f"{self.audio_duration:.1f} s of audio")
        return " ".join(parts)


def summed(usages: Iterable[ServiceUsage]) -> tuple[ServiceUsage, ...]:
    """Return one entry for each stage, provider and model, in the order in which they came first."""
    by_service: dict[tuple[str, str, str], ServiceUsage] = {}
    for usage in usages:
        key = usage.stage, usage.provider, usage.model
        by_service[key] = _combined(by_service[key], usage, 1) if key in by_service else usage
    return tuple(by_service.values())


def difference(now: Iterable[ServiceUsage], before: Iterable[ServiceUsage]) -> tuple[ServiceUsage, ...]:
    """Return what was used between two sums; what was not used since is left out."""
    old = {(usage.stage, usage.provider, usage.model): usage for usage in before}
    new = (
        _combined(usage, old[key], -1) if (key := (usage.stage, usage.provider, usage.model)) in old else usage
        for usage in now
    )
    return tuple(usage for usage in new if usage.is_used)


def _combined(one: ServiceUsage, other: ServiceUsage, sign: int) -> ServiceUsage:
    values = {field.name: getattr(one, field.name) for field in fields(ServiceUsage)}
    return ServiceUsage(**values | {unit: values[unit] + sign * getattr(other, unit) for unit in _UNITS})
