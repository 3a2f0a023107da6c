"""What a use of providers costs, by the prices of a file: an estimate, and no bill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.providers import registry
from bot.telemetry.price_list import Price, Prices
from pipeline.usage import ServiceUsage

MILLION = 1_000_000
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Amounts by currency, and the names of what has no price: its cost is not known, and is not nothing."""

    amounts: Mapping[str, float] = field(default_factory=dict)
    unpriced: tuple[str, ...] = ()

    def __str__(self) -> str:
        amounts = " + ".join(f"{amount:.4f} {currency}" for currency, amount in self.amounts.items())
        missing = f"no price for {', '.join(self.unpriced)}" if self.unpriced else ""
        if not amounts:
            return missing or "it costs nothing"
        return f"about {amounts}" + (f", and {missing}" if missing else "")


def cost(usages: Iterable[ServiceUsage], prices: Prices) -> Cost:
    """Return what some uses cost together. What runs on this machine costs nothing, unless it has a price."""
    amounts, unpriced = defaultdict[str, float](float), list[str]()
    for usage in usages:
        price = prices.of(usage.provider, usage.model)
        if price is None:
            provider = registry.find(usage.provider)
            if provider is None or not provider.is_local:
                unpriced.append(usage.service)
            continue
        amounts[price.currency] += amount(usage, price)
        unpriced += [f"the {unit} of {usage.service}" for unit in missing_units(usage, price)]
    return Cost(dict(amounts), tuple(dict.fromkeys(unpriced)))


def amount(usage: ServiceUsage, price: Price) -> float:
    """Return what one use costs, as far as its price is known."""
    cached_price = price.per_million_cached_tokens
    if cached_price is None:
        cached_price = price.per_million_prompt_tokens
    millionths = (
        (usage.prompt_tokens - usage.cached_tokens) * (price.per_million_prompt_tokens or 0.0)
        + usage.cached_tokens * (cached_price or 0.0)
        + usage.completion_tokens * (price.per_million_completion_tokens or 0.0)
        + usage.characters * (price.per_million_characters or 0.0)
    )
    audio = usage.audio_duration / MINUTE * (price.per_audio_minute or 0.0)
    return millionths / MILLION + audio + usage.requests * price.per_request


def missing_units(usage: ServiceUsage, price: Price) -> Iterator[str]:
    """Give what was used and has no price. A voice is paid by characters or by audio: one of the two is enough."""
    if usage.prompt_tokens and price.per_million_prompt_tokens is None:
        yield "prompt tokens"
    if usage.completion_tokens and price.per_million_completion_tokens is None:
        yield "completion tokens"
    if usage.stage == "tts" and price.per_million_characters is None and price.per_audio_minute is None:
        yield "characters"
    if usage.stage == "stt" and usage.audio_duration and price.per_audio_minute is None:
        yield "audio"
