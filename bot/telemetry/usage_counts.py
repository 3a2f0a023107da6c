"""Usage and its cost, as counters."""

from collections.abc import Iterable

from bot.telemetry.cost import cost
from bot.telemetry.price_list import Prices
from bot.telemetry.totals import Totals
from pipeline.metrics.drafts import DraftCost
from pipeline.usage import ServiceUsage


def count_usage(totals: Totals, used: Iterable[ServiceUsage], prices: Prices | None) -> None:
    """Add what was used to `totals`, and with prices what it costs."""
    for usage in used:
        service = usage.stage, usage.provider, usage.model
        if usage.stage == "llm":
            totals.add("llm_tokens", (*service[1:], "prompt"), usage.prompt_tokens)
            totals.add("llm_tokens", (*service[1:], "cached"), usage.cached_tokens)
            totals.add("llm_tokens", (*service[1:], "completion"), usage.completion_tokens)
        else:
            totals.add("audio_seconds", service, usage.audio_duration)
        totals.add("tts_characters", service[1:], usage.characters)
        if prices is None:
            continue
        spent = cost([usage], prices)
        for currency, amount in spent.amounts.items():
            totals.add("cost", (*service, currency), amount)
        if spent.unpriced:
            totals.add("unpriced_uses", service)


def count_wasted(totals: Totals, now: DraftCost, before: DraftCost) -> None:
    """Add to `totals` what drafts have cost in vain between two sums."""
    totals.add("wasted_tokens", ("prompt",), now.prompt_tokens - before.prompt_tokens)
    totals.add("wasted_tokens", ("completion",), now.completion_tokens - before.completion_tokens)
    totals.add("wasted_characters", (), now.characters - before.characters)
